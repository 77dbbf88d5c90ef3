import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@weft/mesh/testing/eventually';
import type { ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { tableFromIPC } from 'apache-arrow';
import { sql } from 'kysely';
import { HttpTestServer } from '../../../mesh/runtime/testing/HttpTestServer.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { microsFromTimestamp } from '../../kit/time.ts';
import { firstUpdates, testSettings } from '../feed/testing/testMarket.ts';
import { occSymbol } from '../options/occSymbol.ts';
import { exportFaces } from './export/exportFaces.ts';
import { openHistory, type TestHistory } from './testing/openHistory.ts';

const postgres = usePostgres();
const chains = firstUpdates(testSettings(), 120).filter(({ product }) => product === 'ALFA');
const [first] = chains as [ChainUpdated];
const [nearest] = first.expiries as [ExpiryChain];
const timeOf = ({ marketTime }: ChainUpdated) => microsFromTimestamp(marketTime as never);

let history: TestHistory;
let server: HttpTestServer;
before(async () => {
  history = await openHistory(await postgres.createDatabase());
  await history.store(...chains);
  server = await HttpTestServer.start(exportFaces(history.database));
});
after(async () => {
  await server?.stop();
  await history?.[Symbol.asyncDispose]();
});

/** Keeps so many prices of ALFA, a microsecond apart. */
async function fill({ database, store }: TestHistory, count: number): Promise<void> {
  await store(first);
  await sql`
    insert into underlying (product, time_us, epoch, sequence, price, volume, expiries)
    select product, time_us + number, epoch, sequence + number, price, volume, '{}'
    from underlying cross join generate_series(1, ${count - 1}::int) as number`.execute(database);
}

async function arrowOf(path: string) {
  const stream = server.open(path);
  const [headers] = await once(stream, 'response');
  assert.equal(headers['content-type'], 'application/vnd.apache.arrow.stream');
  return tableFromIPC(await buffer(stream));
}

test('prices of a range are one file, as CSV and as Arrow', async () => {
  const { status, headers, body } = await server.ask(
    '/data/exports/underlying/ALFA?startTime=2026-01-05T14:40:00Z&endTime=2026-01-05T15:20:00.5Z',
  );
  assert.equal(status, 200);
  assert.equal(headers['content-disposition'], 'attachment; filename="ALFA.csv"');
  const lines = chains.slice(10, 51).map(({ sequence, underlyingPrice, underlyingVolume }) => {
    const minute = new Date(Date.UTC(2026, 0, 5, 14, 29 + sequence)).toISOString().slice(0, 19);
    return `${minute}.000000Z,${sequence},${underlyingPrice},${underlyingVolume}`;
  });
  assert.deepEqual(body.split('\r\n'), ['time,sequence,price,volume', ...lines, '']);

  const table = await arrowOf('/v1/history/exports/underlying/ALFA?format=arrow');
  assert.equal(String(table.schema.fields[0]?.type), 'Timestamp<MICROSECOND, UTC>');
  const rows = table.toArray().map((row) => [row.price, Number(row.volume)]);
  assert.deepEqual(
    rows,
    chains.map(({ underlyingPrice, underlyingVolume }) => [underlyingPrice, underlyingVolume]),
  );
  assert.deepEqual(
    [...(table.getChild('time')?.data ?? [])].flatMap(({ values }) => [...values].map(Number)),
    chains.map(timeOf),
  );
});

test('the options of an expiry are a row each, and one option is its rows of them', async () => {
  const { expiry, strike } = nearest;
  const all = (await arrowOf(`/data/exports/chain/ALFA/${expiry}?format=arrow`)).toArray();
  const puts = nearest.puts as NonNullable<typeof nearest.puts>;
  assert.equal(
    all.length,
    chains.reduce((sum, each) => sum + 2 * (each.expiries[0]?.strike.length ?? 0), 0),
  );
  const symbol = occSymbol({ root: 'ALFA', expiry, kind: 'put', strike: strike[3] as number });
  const { time, volume, open_interest, ...figures } = all[strike.length + 3]?.toJSON() ?? {};
  assert.deepEqual(figures, {
    ...{ underlying_price: first.underlyingPrice, symbol, expiry, right: 'put' },
    ...{ strike: strike[3], bid: puts.bid[3], ask: puts.ask[3] },
    ...{ volatility: nearest.volatility[3], delta: puts.delta[3], gamma: nearest.gamma[3] },
    ...{ vega: nearest.vega[3], theta: puts.theta[3], rho: puts.rho[3] },
  });
  assert.deepEqual([Number(volume), Number(open_interest)], [puts.volume[3], puts.openInterest[3]]);
  assert.equal(Number(time), timeOf(first) / 1_000);

  const path = `/data/exports/options/${encodeURIComponent(symbol)}`;
  const one = (await arrowOf(`${path}?format=arrow`)).toArray().map((row) => row.toJSON());
  const same = all.map((row) => row.toJSON()).filter((row) => row.symbol === symbol);
  assert.equal(one.length, chains.length);
  assert.deepEqual(one, same);
  const csv = await server.ask(path);
  assert.equal(csv.body.split('\r\n').length, chains.length + 2);
});

test('a range in which there is nothing is a file without rows', async () => {
  const table = await arrowOf(
    '/data/exports/underlying/ALFA?format=arrow&startTime=2030-01-01T00:00:00Z',
  );
  assert.equal(table.numRows, 0);
  assert.equal(table.schema.fields.length, 4);
});

test('what cannot be exported is refused by name, before there is a file', async () => {
  const cases: [string, number, string | undefined][] = [
    ['underlying/NONE', 404, 'PRODUCT_UNKNOWN'],
    ['underlying/none', 400, undefined],
    ['chain/ALFA/2026-01-04', 404, 'EXPIRY_NOT_LISTED'],
    ['options/ALFA', 400, 'OPTION_SYMBOL_INVALID'],
    [
      'underlying/ALFA?startTime=2027-01-01T00:00:00Z&endTime=2026-01-01T00:00:00Z',
      400,
      'RANGE_REVERSED',
    ],
    ['underlying/ALFA?startTime=yesterday', 400, undefined],
    ['underlying/ALFA?format=xlsx', 400, undefined],
    ['underlying/ALFA?from=2026-01-01T00:00:00Z', 400, undefined],
    ['underlying/ALFA/more', 404, undefined],
    ['nothing', 404, undefined],
    ['%ff', 400, undefined],
  ];
  for (const [path, status, reason] of cases) {
    const answer = await server.ask(`/data/exports/${path}`);
    assert.equal(answer.status, status, path);
    const { details } = JSON.parse(answer.body);
    const info = details.find((each: { reason?: string }) => each.reason !== undefined);
    assert.equal(info?.reason, reason, path);
  }
  const posted = await server.ask('/data/exports/underlying/ALFA', { ':method': 'POST' });
  assert.equal(posted.status, 405);
  const head = await server.ask('/data/exports/underlying/ALFA', { ':method': 'HEAD' });
  assert.deepEqual([head.status, head.body], [200, '']);
});

test('clients that take nothing keep no place of those that do', async () => {
  await using long = await openHistory(await postgres.createDatabase());
  await fill(long, 20_000);
  const own = await HttpTestServer.start(exportFaces(long.database, { stallMs: 1_000 }));
  try {
    const idle = Array.from({ length: 16 }, () => own.open('/data/exports/underlying/ALFA'));
    for (const each of idle) each.on('error', () => {});
    await Promise.all(idle.map((each) => once(each, 'response')));
    const refused = await own.ask('/data/exports/underlying/ALFA');
    assert.equal(refused.status, 429);
    assert.equal(JSON.parse(refused.body).details[0].reason, 'EXPORTS_BUSY');
    await eventually(async () => {
      const { status, body } = await own.ask(
        '/data/exports/underlying/ALFA?endTime=2026-01-05T14:30:00.001Z',
      );
      return status === 200 && body.includes('2026-01-05');
    });
  } finally {
    await own.stop();
  }
});

test('what is read keeps in step with what the client takes, however long the range', async () => {
  await using long = await openHistory(await postgres.createDatabase());
  // Some 5 MB of CSV.
  await fill(long, 100_000);
  let portions = 0;
  const counting = long.database.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (result.rows.length > 100) portions += 1;
      return result;
    },
  });
  const own = await HttpTestServer.start(exportFaces(counting));
  try {
    const stream = own.open('/data/exports/underlying/ALFA');
    await once(stream, 'response');
    // Until as much is under way as there is room for.
    let before = -1;
    await eventually(async () => {
      const isStill = portions > 0 && portions === before;
      before = portions;
      await sleep(200);
      return isStill;
    });
    assert.ok(portions < 15, `${portions} of 50 portions are read for who takes none`);
    const body = (await buffer(stream)).toString();
    assert.equal(portions, 50);
    assert.equal(body.split('\r\n').length, 100_002);
  } finally {
    await own.stop();
  }
});
