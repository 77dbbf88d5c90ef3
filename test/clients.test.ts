import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { execa } from 'execa';
import { Contracts } from '../mesh/contracts/index.ts';
import { goTools } from './clients/goTools.ts';
import { browse, findChromium } from './support/chromium.ts';
import { referenceFigures } from './support/referenceFigures.ts';
import { SP500_CSV, TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const SUMMARY = 'market.v1.AnalyticsService/GetAssetSummary';
const progress = {
  report: (line: string) => void process.stderr.write(`${line}\n`),
  signal: AbortSignal.timeout(900_000),
};

suite('Tools that have no clone of the contracts', { timeout: 900_000 }, () => {
  const { last, count } = referenceFigures(SP500_CSV);
  let tools: Awaited<ReturnType<typeof goTools>>;
  let mesh: TestMesh;
  let page: ReturnType<typeof createServer>;
  let folder: string;
  let host: string;

  before(async () => {
    tools = await goTools(progress);
    folder = await mkdtemp(join(tmpdir(), 'weft-clients-'));
    page = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(page, 'listening');
    process.env.WEFT_CORS_ORIGINS = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    mesh = await TestMesh.start({ only: ['trading', 'documents'] });
    host = new URL(mesh.edge).host;
    await mesh.replay(SP500_CSV, 'SP500');
    await waitFor('the edge to answer', async () => {
      const asked = ['/v1/assets/SP500/summary', '/protoset'].map((path) =>
        fetch(mesh.edge + path),
      );
      return (await Promise.all(asked)).every(({ ok }) => ok);
    });
    const protoset = await (await fetch(`${mesh.edge}/protoset`)).bytes();
    await writeFile(join(folder, 'weft.binpb'), protoset);
  });
  after(async () => {
    await mesh?.stop();
    page?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
    delete process.env.WEFT_CORS_ORIGINS;
  });

  /** Serves a page that listens to a stream; `said` is the data of its first event. */
  function tellingPage(stream: string) {
    const { promise: said, resolve } = Promise.withResolvers<string>();
    page.removeAllListeners('request');
    page.on('request', async (request, response) => {
      if (request.method === 'POST') resolve(await text(request));
      response.setHeader('content-type', 'text/html');
      response.end(`<script>
        const events = new EventSource('${stream}');
        const tell = (body) => { events.close(); fetch('/', { method: 'POST', body }); };
        events.onmessage = ({ data }) => tell(data);
        events.onerror = () => tell('an error');
      </script>`);
    });
    return { url: process.env.WEFT_CORS_ORIGINS ?? '', said };
  }

  const grpcurl = (...args: string[]) =>
    execa(tools.grpcurl, ['-plaintext', ...args], { reject: false });

  test('grpcurl finds the open methods by reflection, and calls them', async () => {
    const listed = await grpcurl(host, 'list');
    assert.equal(listed.exitCode, 0, listed.stderr);
    const services = listed.stdout.split('\n');
    assert.ok(services.includes('market.v1.AnalyticsService'), listed.stdout);
    assert.ok(!services.includes('bench.v1.EchoService'), 'which is not open');
    const described = await grpcurl(host, 'describe', 'market.v1.MarketDataService');
    assert.match(described.stdout, /rpc SendMarketData/);
    assert.doesNotMatch(described.stdout, /rpc StreamMarketData/, 'which is internal');
    const called = await grpcurl('-d', '{"asset_symbol": "SP500"}', host, SUMMARY);
    assert.equal(JSON.parse(called.stdout).summary.last, last, called.stderr);
    const refused = await grpcurl('-d', '{"asset_symbol": "NONE"}', host, SUMMARY);
    assert.match(refused.stderr, /Code: NotFound/);
  });

  test('grpcurl calls them by the protoset, a stream too', async () => {
    const set = ['-protoset', join(folder, 'weft.binpb')];
    const watching = execa(
      tools.grpcurl,
      [
        ...set,
        '-plaintext',
        '-d',
        '{"asset_symbol": "SP500"}',
        host,
        'market.v1.AnalyticsService/WatchAsset',
      ],
      { reject: false },
    );
    let seen: number | undefined;
    for await (const line of watching) {
      if (seen !== undefined || !line.includes('"last"')) continue;
      seen = Number(/[\d.]+/.exec(line)?.[0]);
      // Execa waits for the program's end before the loop ends.
      watching.kill();
    }
    assert.equal(seen, last);
    await watching;
  });

  test('buf curl calls them over gRPC and gRPC-Web, by reflection and by the protoset', async () => {
    const buf = join(import.meta.dirname, '../node_modules/.bin/buf');
    for (const options of [
      ['--protocol', 'grpc'],
      ['--protocol', 'grpc', '--schema', join(folder, 'weft.binpb')],
      ['--protocol', 'grpcweb', '--schema', join(folder, 'weft.binpb')],
    ]) {
      const data = ['--data', '{"assetSymbol": "SP500"}', `${mesh.edge}/${SUMMARY}`];
      const { stdout } = await execa(buf, ['curl', '--http2-prior-knowledge', ...options, ...data]);
      assert.equal(JSON.parse(stdout).summary.last, last, options.join(' '));
    }
  });

  test('ghz loads them', async () => {
    const { stdout } = await execa(tools.ghz, [
      ...['--insecure', '--call', SUMMARY, '--data', '{"asset_symbol": "SP500"}'],
      ...['--total', '40', '--concurrency', '4', '--format', 'json', host],
    ]);
    assert.deepEqual(JSON.parse(stdout).statusCodeDistribution, { OK: 40 });
  });

  test('connect-web calls and watches over gRPC-Web, and is told of failures', async () => {
    const service = Contracts.load().registry.getService('market.v1.AnalyticsService');
    assert.ok(service);
    const client = createClient(
      service,
      createGrpcWebTransport({ baseUrl: mesh.edge }),
    ) as never as {
      getAssetSummary(request: object): Promise<{ summary: { count: bigint; last: number } }>;
      watchAsset(request: object): AsyncIterable<{ summary: { last: number } }>;
    };
    const { summary } = await client.getAssetSummary({ assetSymbol: 'SP500' });
    assert.equal(summary.last, last);
    assert.equal(summary.count, BigInt(count));
    for await (const event of client.watchAsset({ assetSymbol: 'SP500' })) {
      assert.equal(event.summary.last, last);
      break;
    }
    await assert.rejects(
      client.getAssetSummary({ assetSymbol: 'NONE' }),
      (error) => error instanceof ConnectError && error.code === Code.NotFound,
    );
  });

  test("an EventSource of a page in Chromium gets a stream's events", async (t) => {
    const chromium = await findChromium();
    if (!chromium) return t.skip('no chromium on PATH, nor in WEFT_CHROMIUM_BIN');
    const { url, said } = tellingPage(`${mesh.edge}/v1/assets/SP500:watch`);
    const event = await browse(chromium, url, join(folder, 'profile'), said);
    assert.equal(JSON.parse(event).summary.last, last, event);
  });
});
