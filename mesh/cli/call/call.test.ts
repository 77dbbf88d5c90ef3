import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { CliMesh } from '../testing/CliMesh.ts';

const summary = 'market.v1.AnalyticsService/GetAssetSummary';
const watch = 'market.v1.AnalyticsService/WatchAsset';
const stream = 'market.v1.MarketDataService/StreamMarketData';

suite('weft call', { timeout: 180_000 }, () => {
  let mesh: CliMesh;
  before(async () => {
    mesh = await CliMesh.start();
    await mesh.consul.intend('analytics', { cli: 'allow' });
    const grpc = 'market.v1.AnalyticsService,market.v1.MarketDataService';
    await mesh.serveAssets('analytics', '--grpc', grpc);
  });
  after(() => mesh?.stop());

  test('prints the answer as JSON, zeros included', async () => {
    const { exitCode, stdout, stderr } = await mesh.run(['call', summary, '{"assetSymbol":"A"}']);
    assert.equal(exitCode, 0, stderr);
    const answer = JSON.parse(stdout).summary;
    assert.deepEqual([answer.assetSymbol, answer.count, answer.vwap], ['A', '3', 0]);
  });

  test('prints a stream as lines of JSON', async () => {
    const { stdout } = await mesh.run(['call', `/${watch}`, '{"assetSymbol":"A"}']);
    const lines = stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).summary.count),
      ['1', '2'],
    );
  });

  test('sends lines of standard input as a stream', async () => {
    const call = mesh.start(['call', stream, '-']);
    call.write('{"open":{"source":"a"}}\n\n{"batch":{"symbols":["A"]}}\n');
    const { exitCode, stdout } = await call.result();
    assert.equal(exitCode, 0);
    assert.equal(stdout, '{"acknowledgedSequence":"1"}\n{"acknowledgedSequence":"2"}\n');
  });

  test('a wrong line ends the call and is named', async () => {
    const call = mesh.start(['call', stream, '-']);
    call.write('{"open":{"source":"a"}}\n{"opened":{}}\n');
    const { exitCode, stderr } = await call.result();
    assert.equal(exitCode, 2);
    assert.match(stderr, /line 2 .*opened/);
  });

  test('Ctrl-C ends an endless stream quietly and leaves no key behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-call-test-'));
    const call = mesh.start(['call', watch, '{"assetSymbol":"ENDLESS"}'], { TMPDIR: folder });
    await eventually(() => assert.match(call.stdout, /"count":"2"/), 30_000);
    assert.equal((await readdir(folder)).length, 1);
    call.kill('SIGINT');
    const { exitCode, stderr } = await call.result();
    assert.equal(exitCode, 130);
    assert.equal(stderr, '');
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  test("tells the service's refusal with its details", async () => {
    const { exitCode, stderr } = await mesh.run(['call', summary]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^weft: INVALID_ARGUMENT: .*\n {2}asset_symbol: must not be empty\n$/);
  });

  for (const [what, args, code, message] of [
    ['a field that the method does not know', [summary, '{"nonsense":1}'], 2, /nonsense/],
    ['what is no JSON', [summary, '{'], 2, /JSON/],
    ['a method that is not there', ['market.v1.AnalyticsService/Nope'], 1, /no method Nope/],
    ['a service that nobody serves', ['market.v1.Nope/Nope'], 1, /no service in Consul serves/],
    ['who may not call', ['--as', 'stranger', summary], 1, /PERMISSION_DENIED.*\n.*"stranger"/],
    ['a call beyond its deadline', ['--timeout', '1ms', summary], 1, /DEADLINE_EXCEEDED/],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const { exitCode, stdout, stderr } = await mesh.run(['call', ...args]);
      assert.equal(exitCode, code, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.equal(stdout, '');
    });
  }

  test('says in a line that Consul cannot be reached', async () => {
    const env = { CONSUL_HTTP_ADDR: 'http://127.0.0.1:1' };
    const { exitCode, stderr } = await mesh.run(['call', summary], env);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^weft: Consul could not be asked.*\nIs the mesh up/);
  });
});
