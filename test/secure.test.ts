import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { startMesh } from '../deploy/local/startMesh.ts';
import { get } from './support/rest.ts';
import { TestMesh } from './support/TestMesh.ts';

const WEFT = join(import.meta.dirname, '../node_modules/.bin/weft');
const quiet = { report: () => {}, signal: AbortSignal.timeout(300_000) };
let mesh: TestMesh;

before(async () => {
  mesh = await TestMesh.start({ only: ['trading'], secure: true });
});
after(() => mesh?.stop());

const token = (holder: string) => readFileSync(join(mesh.identity(holder), 'token'), 'utf8');

/** Asks Consul with somebody's token. */
async function ask(holder: string | undefined, path: string, body?: object) {
  const response = await fetch(`${mesh.consul}/v1${path}`, {
    method: body ? 'PUT' : 'GET',
    headers: holder ? { 'x-consul-token': token(holder) } : {},
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

test('with ACLs on, all is healthy and data flow', async () => {
  const file = join(mesh.home, 'ticks.csv');
  writeFileSync(file, 'time,price,size\n1700000000,100,1\n1700000001,101,2\n');
  await mesh.replay(file, 'SECURE');
  const { body } = await get(`${mesh.edge}/v1/assets/SECURE/summary`);
  assert.equal(Number(body.summary.count), 2);
  const { stdout, exitCode } = await mesh.weft('status');
  assert.equal(exitCode, 0);
  for (const service of ['analytics', 'gateway', 'trading']) {
    assert.match(stdout, new RegExp(`\\b${service} +${service}-1 +passing`));
  }
  assert.match(stdout, /^analytics +.*trading/m);
  const call = await mesh.weft('call', 'market.v1.AnalyticsService/ListAssets', '{}');
  assert.match(call.stdout, /SECURE/, call.stderr);
});

test("the token of trading is no other service's: no registration, no certificate", async () => {
  const register = (Name: string) =>
    ask('trading-1', '/agent/service/register', { ID: `${Name}-of-test`, Name, Port: 1 });
  const leaf = (name: string) => ask('trading-1', `/agent/connect/ca/leaf/${name}`);
  assert.equal((await register('analytics')).status, 403);
  assert.equal((await leaf('risk')).status, 403);
  assert.equal((await ask('trading-1', '/agent/service/deregister/analytics-1', {})).status, 403);
  assert.equal((await ask('trading-1', '/kv/weft/faults/analytics', {})).status, 403);
  // Its own, by the same requests.
  assert.equal((await leaf('trading')).status, 200);
  assert.equal((await register('trading')).status, 200);
  const gone = await ask('trading-1', '/agent/service/deregister/trading-of-test', {});
  assert.equal(gone.status, 200);
});

test("the control plane's token reads, and cannot write", async () => {
  const read = await ask('control', '/config/service-intentions');
  assert.match(read.text, /"analytics"/);
  const deny = {
    Kind: 'service-intentions',
    Name: 'analytics',
    Sources: [{ Name: 'trading', Action: 'deny' }],
  };
  const writes: [string, object][] = [
    ['/config', deny],
    ['/config', { Kind: 'service-defaults', Name: 'analytics', Protocol: 'tcp' }],
    ['/kv/weft/faults/analytics', {}],
    ['/agent/service/register', { Name: 'control', Port: 1 }],
    ['/acl/token', { Description: 'of my own' }],
  ];
  for (const [path, body] of writes) {
    assert.equal((await ask('control', path, body)).status, 403, `${path} ${JSON.stringify(body)}`);
  }
  assert.equal((await ask('control', '/agent/connect/ca/leaf/risk')).status, 403);
  assert.equal((await ask('control', '/acl/tokens')).status, 403);
});

test('without a token nothing is told', async () => {
  assert.equal((await ask(undefined, '/agent/connect/ca/leaf/risk')).status, 403);
  assert.deepEqual(JSON.parse((await ask(undefined, '/catalog/services')).text), {});
});

test('weft says which token it lacks', async () => {
  const weft = async (file: string, ...args: string[]) => {
    const env = { ...mesh.environment, CONSUL_HTTP_TOKEN_FILE: file };
    const { exitCode, stderr } = await execa(WEFT, args, { env, reject: false, stdin: 'ignore' });
    assert.equal(exitCode, 1, stderr);
    return stderr;
  };
  const deny = ['intention', 'deny', 'trading', 'analytics'];
  assert.match(await weft('', ...deny), /no token is set: CONSUL_HTTP_TOKEN_FILE/);
  const call = ['call', 'market.v1.AnalyticsService/ListAssets', '{}'];
  assert.match(await weft('', ...call), /no token is set: CONSUL_HTTP_TOKEN_FILE/);
  const file = join(mesh.identity('trading-1'), 'token');
  assert.match(await weft(file, ...deny), /do not allow it to the token in .*trading-1/);
  assert.match(await weft('/nowhere/token', ...deny), /CONSUL_HTTP_TOKEN_FILE cannot be read/);
  assert.equal((await mesh.weft('intention', 'list')).exitCode, 0);
});

// Consul 1.22.2 checks the token when it makes a certificate, and not when its agent has it in its cache. When this
// fails, a new version does: say so in docs/operations.md, and ask above for analytics in the place of risk.
test('known of Consul: its agent gives a cached certificate to whoever asks', async () => {
  assert.equal((await ask('trading-1', '/agent/connect/ca/leaf/analytics')).status, 200);
});

test('tokens lie in files that only their owner reads, not in logs and not in arguments', async () => {
  const holders = readdirSync(join(mesh.home, 'identity'));
  const tokens = holders.flatMap((holder) => {
    const file = join(mesh.identity(holder), 'token');
    try {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
      return [readFileSync(file, 'utf8')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
  for (const name of ['consul-management', 'consul-agent']) {
    tokens.push(readFileSync(join(mesh.home, 'secrets', name), 'utf8'));
  }
  assert.equal(new Set(tokens).size, 9, holders.join());
  const logs = readdirSync(join(mesh.home, 'logs')).map((name) =>
    readFileSync(join(mesh.home, 'logs', name), 'utf8'),
  );
  const seen = [...logs, execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' })].join();
  for (const secret of tokens) assert.ok(!seen.includes(secret));
});

test('a second start changes nothing, and one without ACLs says what to do', async () => {
  const pids = (await startMesh({ home: mesh.home, secure: true }, quiet))
    .reports(quiet.signal)
    .then((reports) => reports.map(({ pid, problem }) => [pid, problem]));
  const again = (await startMesh({ home: mesh.home, secure: true }, quiet))
    .reports(quiet.signal)
    .then((reports) => reports.map(({ pid, problem }) => [pid, problem]));
  assert.deepEqual(await again, await pids);
  await assert.rejects(startMesh({ home: mesh.home }, quiet), /make up SECURE=1/);
});
