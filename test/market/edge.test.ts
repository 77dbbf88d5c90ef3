import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { methodDefaults } from '@weft/mesh/contracts';
import { GetAssetSummaryRequest, GetAssetSummaryResponse } from '@weft/proto/market/v1/analytics';
import { referenceFigures } from '../support/referenceFigures.ts';
import { get, post, serverSentEvents } from '../support/rest.ts';
import { SP500_CSV, TestMesh } from '../support/TestMesh.ts';

/** The origin whose pages may call. */
const PAGE = 'https://app.example';
/** A file of bars as people have them. */
const barFile = (name: string) =>
  fileURLToPath(new URL(`../../services/market/trading/testdata/${name}.csv`, import.meta.url));
let mesh: TestMesh;
const expected = referenceFigures(SP500_CSV);

before(async () => {
  process.env.WEFT_CORS_ORIGINS = PAGE;
  mesh = await TestMesh.start({ only: ['trading'] });
  await mesh.replay(SP500_CSV, 'SP500');
  await mesh.startDemo();
});
after(() => mesh?.stop());

test('REST answers the figures of the file, worked out independently', async () => {
  const { status, body } = await get(`${mesh.edge}/v1/assets/SP500/summary`);
  assert.equal(status, 200);
  assert.equal(Number(body.summary.count), expected.count);
  for (const figure of ['first', 'last', 'high', 'low', 'vwap', 'volume'] as const) {
    assert.equal(body.summary[figure], expected[figure], figure);
  }
});

test('daily candles are the bars of the file again, page by page', async () => {
  const candles = [];
  let pageToken = '';
  do {
    const query = `interval=86400s&page_size=1000&page_token=${encodeURIComponent(pageToken)}`;
    const { status, body } = await get(`${mesh.edge}/v1/assets/SP500/candles?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    candles.push(...body.candles);
    pageToken = body.nextPageToken;
  } while (pageToken);
  assert.equal(candles.length, expected.rows.length);
  candles.forEach((candle, index) => {
    const row = expected.rows[index];
    assert.equal(candle.startTime, `${row?.date}T00:00:00Z`);
    assert.deepEqual(
      [candle.open, candle.high, candle.low, candle.close, candle.volume],
      [row?.open, row?.high, row?.low, row?.close, row?.volume],
    );
  });
});

/** What is answered for a replayed file: candles of that interval as "start open high low close volume". */
async function candlesOf(symbol: string, query = 'interval=86400s'): Promise<string[]> {
  const { status, body } = await get(`${mesh.edge}/v1/assets/${symbol}/candles?${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body.candles.map((candle: Record<string, unknown>) =>
    ['startTime', 'open', 'high', 'low', 'close', 'volume'].map((name) => candle[name]).join(' '),
  );
}

test('a bar in is the same bar out, whatever zone its day begins in', async () => {
  await mesh.replay(barFile('days-of-new-york'), 'DAYS');
  assert.deepEqual(await candlesOf('DAYS'), [
    '2024-01-02T05:00:00Z 100 110 95 105 1000',
    '2024-01-03T05:00:00Z 105 112 101 108 2000',
    '2024-01-04T05:00:00Z 108 115 104 111 1500',
  ]);
  const month = 'unit=CANDLE_UNIT_MONTH&time_zone=America/New_York';
  assert.deepEqual(await candlesOf('DAYS', month), ['2024-01-01T05:00:00Z 100 115 95 111 4500']);
});

test('weeks and months come out as they are', async () => {
  await mesh.replay(barFile('weeks'), 'WEEKS');
  assert.deepEqual(await candlesOf('WEEKS', 'interval=604800s'), [
    '2024-09-02T00:00:00Z 15.08 15.19 10.71 11.55 1424900',
    '2024-09-09T00:00:00Z 11.65 11.87 9.63 10.83 2352500',
    '2024-09-16T00:00:00Z 10.77 11.19 9.64 10 3524000',
  ]);
  await mesh.replay(barFile('months'), 'MONTHS');
  assert.deepEqual(
    (await candlesOf('MONTHS', 'unit=CANDLE_UNIT_MONTH')).map((candle) => candle.slice(0, 10)),
    ['2024-01-01', '2024-02-01', '2024-03-01'],
  );
});

test('a file that has grown adds what is new, and the replay says what was there', async () => {
  await mesh.replay(barFile('grown-before'), 'GROWN');
  assert.match(await mesh.replay(barFile('grown-after'), 'GROWN'), /\n2 bars were there already$/);
  const { body } = await get(`${mesh.edge}/v1/assets/GROWN/summary`);
  assert.deepEqual(
    [body.summary.count, body.summary.barCount, body.summary.volume],
    ['3', '3', 4500],
  );
});

test('what is asked finer than the bars are, and bars of another length, are refused in words', async () => {
  const { status, body } = await get(`${mesh.edge}/v1/assets/GROWN/candles?interval=3600s`);
  assert.equal(status, 400);
  assert.match(body.message, /GROWN has bars of a day and no ticks/);
  const other = await mesh.tryReplay(barFile('hours-from-half-past'), 'GROWN');
  assert.equal(other.exitCode, 1);
  assert.match(other.stderr, /bars of another length: send these under another symbol/);
});

test('assets are listed', async () => {
  const { status, body } = await get(`${mesh.edge}/v1/assets`);
  assert.equal(status, 200);
  const symbols = body.assets.map((asset: { assetSymbol: string }) => asset.assetSymbol);
  assert.ok(symbols.includes('SP500') && symbols.includes('DEMO'), String(symbols));
});

test('a browser watches an asset as server-sent events', async () => {
  const abort = new AbortController();
  const counts: number[] = [];
  for await (const event of serverSentEvents(`${mesh.edge}/v1/assets/DEMO:watch`, abort.signal)) {
    counts.push(Number((event as { summary: { count: string } }).summary.count));
    if (counts.length === 4) break;
  }
  abort.abort();
  for (let index = 1; index < counts.length; index++) {
    assert.ok((counts[index] ?? 0) > (counts[index - 1] ?? 0), counts.join());
  }
});

test('a browser that watches a symbol without ticks is connected before there is one', async () => {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(30_000)]);
  const response = await fetch(`${mesh.edge}/v1/assets/NOTYET:watch`, { signal });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  abort.abort();
});

test('gRPC passes on the port of REST', async () => {
  const client = new grpc.Client(new URL(mesh.edge).host, grpc.credentials.createInsecure());
  try {
    const response = await new Promise<GetAssetSummaryResponse>((resolve, reject) =>
      client.makeUnaryRequest(
        '/market.v1.AnalyticsService/GetAssetSummary',
        (request: GetAssetSummaryRequest) =>
          Buffer.from(GetAssetSummaryRequest.encode(request).finish()),
        (bytes) => GetAssetSummaryResponse.decode(bytes),
        { assetSymbol: 'SP500' },
        (error, value) => (value ? resolve(value) : reject(error)),
      ),
    );
    assert.equal(response.summary?.count, expected.count);
    assert.equal(response.summary?.vwap, expected.vwap);
  } finally {
    client.close();
  }
});

test('gRPC-Web passes on the port of REST', async () => {
  const message = GetAssetSummaryRequest.encode({ assetSymbol: 'SP500' }).finish();
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
  const response = await fetch(`${mesh.edge}/market.v1.AnalyticsService/GetAssetSummary`, {
    method: 'POST',
    headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
    body: frame,
  });
  assert.equal(response.status, 200);
  const body = Buffer.from(await response.arrayBuffer());
  const length = body.readUInt32BE(1);
  const summary = GetAssetSummaryResponse.decode(body.subarray(5, 5 + length)).summary;
  assert.equal(summary?.count, expected.count);
  assert.match(body.subarray(5 + length).toString('latin1'), /grpc-status:\s*0/);
});

test('a browser of another origin is let in by CORS, if the origin is named', async () => {
  const ask = async (origin: string) => {
    const response = await fetch(`${mesh.edge}/v1/market-data`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    return response.headers;
  };
  const named = await ask(PAGE);
  assert.equal(named.get('access-control-allow-origin'), PAGE);
  assert.match(named.get('access-control-allow-methods') ?? '', /POST/);
  assert.equal((await ask('https://other.example')).get('access-control-allow-origin'), null);
});

test('bad input is refused with a clear error, and nothing is stored', async (t) => {
  const good = { assetSymbol: 'BAD', price: 1, timestamp: '2026-01-02T03:04:05Z' };
  const send = (changed: object) =>
    post(`${mesh.edge}/v1/market-data`, JSON.stringify({ ...good, ...changed }));
  const INVALID_ARGUMENT = 3;
  const refused = [
    ['an empty symbol', { assetSymbol: '' }, /asset_symbol/],
    ['a negative price', { price: -1 }, /price/],
    ['a price that is not a number', { price: 'NaN' }, /price/],
    ['an infinite price', { price: 'Infinity' }, /price/],
    ['a size below zero', { size: -0.5 }, /size/],
    ['a time far in the future', { timestamp: '2126-01-01T00:00:00Z' }, /timestamp/],
    ['no time', { timestamp: undefined }, /timestamp/],
  ] as const;
  for (const [name, changed, message] of refused) {
    await t.test(name, async () => {
      const { status, body } = await send(changed);
      assert.equal(status, 400, JSON.stringify(body));
      assert.equal(body.code, INVALID_ARGUMENT);
      assert.match(body.message, message);
    });
  }

  const malformed = [
    ['an unknown JSON field', JSON.stringify({ ...good, colour: 'red' }), /colour/],
    ['a field of the wrong type', JSON.stringify({ ...good, price: 'cheap' }), /price|cheap/],
    ['a body that is no JSON', '{"assetSymbol": ', /./],
  ] as const;
  for (const [name, json, message] of malformed) {
    await t.test(name, async () => {
      const { status, body } = await post(`${mesh.edge}/v1/market-data`, json);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(body.message, message);
    });
  }

  await t.test('a message of 5 MB', async () => {
    const { status, body } = await send({ assetSymbol: 'x'.repeat(5_000_000) });
    assert.equal(status, 413, JSON.stringify(body));
    assert.ok(body.message.length > 0);
  });
  await t.test('an unknown path', async () => {
    const { status, body } = await get(`${mesh.edge}/v1/nothing/here`);
    assert.equal(status, 404);
    assert.equal(body.code, 5);
  });
  await t.test('a wrong method', async () => {
    const { status, body } = await get(`${mesh.edge}/v1/market-data`);
    assert.equal(status, 405);
    assert.ok(body.message.length > 0);
  });
  await t.test('a method that is not for the outside', async () => {
    const { status } = await post(`${mesh.edge}/market.v1.TradingService/StopFeed`, '{}');
    assert.equal(status, 404);
  });
  await t.test('nothing was stored', async () => {
    const { status, body } = await get(`${mesh.edge}/v1/assets/BAD/summary`);
    assert.equal(status, 404);
    assert.equal(body.code, 5);
  });
  await t.test('while the same trade in order is stored', async () => {
    assert.deepEqual(await send({}), { status: 200, body: { success: true } });
    const { body } = await get(`${mesh.edge}/v1/assets/BAD/summary`);
    assert.equal(Number(body.summary.count), 1);
  });
});

test('a file with a broken row is refused with its number, or sent without it', async () => {
  const file = join(mesh.home, 'broken.csv');
  writeFileSync(file, 'time,price,size\n2024-01-01,1,1\n2024-01-02,cheap,1\n2024-01-03,3,1\n');
  const refused = await mesh.tryReplay(file, 'BROKEN');
  assert.notEqual(refused.exitCode, 0);
  assert.match(refused.stderr, /row 3.*cheap/);
  assert.equal((await get(`${mesh.edge}/v1/assets/BROKEN/summary`)).status, 404);

  const skipped = await mesh.tryReplay(file, 'BROKEN', '--bad-rows', 'skip');
  assert.equal(skipped.exitCode, 0, skipped.stderr);
  assert.match(skipped.stdout, /row 3/);
  const { body } = await get(`${mesh.edge}/v1/assets/BROKEN/summary`);
  assert.deepEqual([Number(body.summary.count), body.summary.vwap], [2, 2]);
});

test('writes from one address are limited as the policy says', async () => {
  const statuses = [];
  // Some are given back meanwhile.
  for (let index = 0; index < 2 * methodDefaults.writeRateLimit.requests; index++) {
    const { status, body } = await post(`${mesh.edge}/v1/market-data`, '{}');
    statuses.push(status);
    if (status === 429) {
      assert.equal(body.code, 8);
      break;
    }
  }
  assert.equal(statuses.at(-1), 429, 'no call was limited');
  // Reads have a limit of their own.
  assert.equal((await get(`${mesh.edge}/v1/assets`)).status, 200);
});

test('the figures of each instance can be seen healthy in Consul', async () => {
  for (const service of ['analytics', 'trading', 'gateway']) {
    const { value } = await mesh.consul.read<object[]>(`/health/service/${service}?passing`);
    assert.equal(value.length, 1, service);
  }
  const page = await fetch(`${mesh.consulUrl}/ui/`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<title>Consul/);
});

test('weft call reaches the same methods through the mesh', async () => {
  const answer = await mesh.weft(
    'call',
    'market.v1.AnalyticsService/GetAssetSummary',
    '{"assetSymbol":"SP500"}',
  );
  assert.equal(answer.exitCode, 0, answer.stderr);
  assert.equal(JSON.parse(answer.stdout).summary.vwap, expected.vwap);

  const refused = await mesh.weft(
    'call',
    'market.v1.MarketDataService/SendMarketData',
    '{"assetSymbol":"","price":1,"timestamp":"2026-01-02T03:04:05Z"}',
  );
  assert.notEqual(refused.exitCode, 0);
  assert.match(refused.stderr, /INVALID_ARGUMENT/);
  assert.match(refused.stderr, /asset_symbol/);
});

test('weft status names services, health and who may call whom', async () => {
  const answer = await mesh.weft('status');
  assert.equal(answer.exitCode, 0, answer.stderr);
  for (const service of ['analytics', 'trading', 'gateway']) {
    assert.match(answer.stdout, new RegExp(service));
  }
});
