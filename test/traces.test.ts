import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { EdgeRig } from './support/EdgeRig.ts';
import { type CollectedSpan, OtlpCollector } from './support/OtlpCollector.ts';
import { TestMesh } from './support/TestMesh.ts';
import { describeTree, traceTrees } from './support/traceTree.ts';
import { waitFor } from './support/waitFor.ts';

/** The trace of the one span that fits, as lines: once `isWhole` holds of them. */
async function traceOf(
  collector: OtlpCollector,
  isRoot: (span: CollectedSpan) => boolean,
  isWhole: (lines: readonly string[]) => boolean,
): Promise<string[]> {
  return waitFor('the trace to be whole', async () => {
    const roots = collector.spans.filter(isRoot);
    if (!roots[0]) return false;
    assert.equal(roots.length, 1);
    const trees = traceTrees(collector.spans, roots[0].traceId);
    const lines = trees.flatMap((tree) => describeTree(tree));
    if (trees.length !== 1 || !isWhole(lines)) throw new Error(lines.join('\n'));
    return lines;
  });
}

/** Fails where a text is in anything that was sent to the collector. */
function assertNowhere({ exports, spans }: OtlpCollector, text: string): void {
  if (!exports.some((bytes) => bytes.includes(text))) return;
  const lines = spans.map((span) => JSON.stringify(span)).filter((line) => line.includes(text));
  assert.fail(`${text} in\n${lines.join('\n')}`);
}

const LIST_ASSETS = '/market.v1.AnalyticsService/ListAssets';

suite('What happens for one call is one trace', { timeout: 300_000 }, () => {
  let collector: OtlpCollector;
  let mesh: TestMesh;
  let folder: string;

  before(async () => {
    collector = await OtlpCollector.start();
    Object.assign(process.env, collector.environment('grpc'));
    mesh = await TestMesh.start({ only: ['trading'] });
    folder = await mkdtemp(join(tmpdir(), 'weft-traces-'));
    await waitFor('the edge to know analytics', async () => {
      const { checks } = await (await fetch(`${mesh.edge}/health`)).json();
      return checks.analytics === 'ok';
    });
  });
  after(async () => {
    await mesh?.stop();
    collector?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  test('a REST call: the edge, the service below it, and each statement below that', async () => {
    assert.equal((await fetch(`${mesh.edge}/v1/assets?page_size=5`)).status, 200);
    const lines = await traceOf(
      collector,
      ({ attributes, kind }) => kind === 'SERVER' && attributes['http.route'] === LIST_ASSETS,
      (all) => all.some((line) => /postgresql/.test(line)),
    );
    const [edge, ...below] = lines;
    assert.equal(edge, 'gateway SERVER ingress');
    // A service that has just started may refuse a first attempt, which the edge repeats: each is a span.
    const served = below.findIndex((line) => !/^ {2}gateway CLIENT router analytics /.test(line));
    assert.ok(served > 0, lines.join('\n'));
    const [service, ...statements] = below.slice(served);
    assert.equal(service, '    analytics SERVER market.v1.AnalyticsService/ListAssets');
    for (const line of statements) assert.match(line, /^ {6}analytics CLIENT postgresql select$/);
  });

  test('what may be secret in a query is in no trace', () => {
    assertNowhere(collector, 'page_size');
    assert.deepEqual([...collector.tokens], ['Bearer collector']);
  });

  test('a replay: the feed that it starts, and the commits of its ticks, in another service', async () => {
    const file = join(folder, 'ticks.csv');
    await writeFile(
      file,
      'time,price,size\n2026-01-02T03:04:05Z,1.5,2\n2026-01-02T03:04:06Z,2,1\n',
    );
    await mesh.replay(file, 'TRACED');
    const lines = await traceOf(
      collector,
      ({ service, name }) => service === 'replay' && name === 'replay',
      (all) => all.some((line) => /INTERNAL commit$/.test(line)),
    );
    const own = lines.filter((line) => !/postgresql/.test(line));
    for (const wanted of [
      'replay INTERNAL replay',
      '  replay CLIENT market.v1.TradingService/CreateFeed',
      '    trading SERVER market.v1.TradingService/CreateFeed',
      '      trading CLIENT market.v1.MarketDataService/StreamMarketData',
      '        analytics SERVER market.v1.MarketDataService/StreamMarketData',
      '          analytics INTERNAL commit',
    ]) {
      assert.ok(own.includes(wanted), `${wanted} in\n${lines.join('\n')}`);
    }
    assert.ok(lines.includes('            analytics CLIENT postgresql insert'), lines.join('\n'));
  });
});

suite('Traces by HTTP', { timeout: 120_000 }, () => {
  let collector: OtlpCollector;
  let rig: EdgeRig;

  before(async () => {
    collector = await OtlpCollector.start();
    const environment = collector.environment('http/protobuf');
    Object.assign(process.env, environment);
    const endpoint = environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
    const headers = { authorization: 'Bearer collector' };
    rig = await EdgeRig.start({
      edge: { traces: { endpoint, protocol: 'http/protobuf', headers } },
    });
  });
  after(async () => {
    await rig?.stop();
    collector?.stop();
  });

  test('who calls with a trace of his own finds the edge and the service in it', async () => {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const headers = { traceparent: `00-${traceId}-${spanId}-01` };
    assert.equal((await fetch(`${rig.url}/v1/assets/A/summary`, { headers })).status, 200);
    const lines = await traceOf(
      collector,
      (span) => span.traceId === traceId && span.parentSpanId === spanId,
      (all) => all.length === 3,
    );
    assert.match(lines[0] ?? '', /^gateway SERVER /);
    assert.match(lines[1] ?? '', /^ {2}gateway CLIENT /);
    assert.equal(lines[2], '    analytics SERVER market.v1.AnalyticsService/GetAssetSummary');
    assert.deepEqual([...collector.tokens], ['Bearer collector']);
  });

  test('no secret of a path or a query is in a trace, however it is asked for', async () => {
    const secret = 'hush';
    const traceId = randomBytes(16).toString('hex');
    const ask = async (path: string, { headers = {}, ...init }: RequestInit = {}) => {
      const spanId = randomBytes(8).toString('hex');
      const traceparent = `00-${traceId}-${spanId}-01`;
      await fetch(rig.url + path, { ...init, headers: { ...headers, traceparent } });
      return spanId;
    };
    const link = `/v1/auth/verify-email/${secret}`;
    const [grpc, grpcWeb] = ['application/grpc', 'application/grpc-web+proto'].map((type) => ({
      headers: { 'content-type': type },
    }));
    const asked = [
      await ask(link),
      await ask(`/api/auth/verify-email/${secret}?a=${secret}`),
      await ask(`${link}/${secret}`),
      await ask(link, { method: 'DELETE' }),
      await ask(link, { ...grpc, method: 'POST' }),
      await ask(link, { ...grpcWeb, method: 'POST' }),
      await ask(`/v1/assets/A:watch?ticket=${secret}`),
      await ask(`/v1/assets/A:watch?ticket=${secret}`, { ...grpc }),
      await ask(`/v1/assets/A/summary?ticket=${secret}`, { ...grpc }),
      await ask(`/nothing/${secret}`, { ...grpc }),
    ];
    await waitFor('a span of each', async () =>
      asked.every((id) => collector.spans.some(({ parentSpanId }) => parentSpanId === id)),
    );
    const routes = collector.spans.map(({ attributes }) => attributes['http.route']);
    assert.ok(routes.includes('/identity.v1.AuthService/VerifyEmail'), routes.join());
    assertNowhere(collector, secret);
  });
});
