import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type RpcError, Status } from '@weft/mesh/runtime';
import { eventually } from '@weft/mesh/testing/eventually';
import { BarPeriod, type ChainEnriched, type OpenBar } from '@weft/proto/market/v1/enriched';
import type { Kysely } from 'kysely';
import { openDatabase } from '../../kit/database/openDatabase.ts';
import { transact } from '../../kit/database/transact.ts';
import { callContext } from '../../kit/testing/callContext.ts';
import { quietLog } from '../../kit/testing/quietLog.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import type { DB } from './database.ts';
import { workOutChain } from './enrich/workOutChain.ts';
import { enrichedMarket } from './enrichedMarket.ts';
import { LatestEnrichments } from './LatestEnrichments.ts';
import { readNewest } from './store/readNewest.ts';
import { tidy } from './store/tidy.ts';
import { writeEnriched } from './store/writeEnriched.ts';
import { type ChainRecipe, makeChain, RECIPES } from './testing/makeChain.ts';
import { naiveEnrichments, rounded } from './testing/naiveEnrichments.ts';

const postgres = usePostgres();
const alfa = RECIPES[0] as ChainRecipe;
let database: Kysely<DB>;
let latest: LatestEnrichments;
let told: ChainEnriched[];
const handlers = () => enrichedMarket(database, latest);
const context = callContext();
const page = { startTime: undefined, endTime: undefined, pageSize: 0, pageToken: '' };

beforeEach(async () => {
  database = await openDatabase<DB>({
    url: await postgres.createDatabase(),
    migrations: join(import.meta.dirname, 'migrations'),
    applicationName: 'test',
    log: quietLog,
    signal: AbortSignal.timeout(30_000),
  });
  told = [];
  const load = async (product: string) => (await readNewest(database, [product])).get(product);
  latest = new LatestEnrichments({ load, log: quietLog });
});
afterEach(() => database.destroy());

const chainsUpTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => makeChain(alfa, from + index));

async function enrichUpTo(from: number, to: number) {
  const metrics = chainsUpTo(from, to).map(workOutChain);
  const outcome = await transact(database, (transaction) =>
    writeEnriched(metrics, transaction, {
      addAll: async (_, __, messages) => void told.push(...(messages as never[])),
    }),
  );
  latest.onChange(['ALFA']);
  return outcome;
}

async function listAll<Row>(
  list: (pageToken: string) => Promise<{ rows: readonly Row[]; nextPageToken: string }>,
): Promise<Row[]> {
  const all: Row[] = [];
  let token = '';
  do {
    const { rows, nextPageToken } = await list(token);
    all.push(...rows);
    token = nextPageToken;
  } while (token !== '');
  return all;
}

test('what has been before counts once, in whatever parts it comes; what never came is counted', async () => {
  assert.deepEqual(await enrichUpTo(1, 30), { enriched: 30, repeated: 0, missed: 0 });
  assert.deepEqual(await enrichUpTo(20, 45), { enriched: 15, repeated: 11, missed: 0 });
  assert.deepEqual(await enrichUpTo(45, 45), { enriched: 0, repeated: 1, missed: 0 });
  assert.deepEqual(told.map(rounded), naiveEnrichments(chainsUpTo(1, 45)).map(rounded));
  assert.deepEqual(await enrichUpTo(48, 48), { enriched: 1, repeated: 0, missed: 2 });
});

test('bars come in pages, in order and each once, that under way last, and as far as was asked', async () => {
  await enrichUpTo(1, 60);
  const { listBars } = handlers();
  const bars = (length: BarPeriod, more = {}) =>
    listAll<OpenBar>(async (pageToken) => {
      const request = { ...page, product: 'ALFA', length, pageSize: 7, pageToken, ...more };
      const { bars: rows = [], nextPageToken = '' } = await listBars(request as never, context);
      assert.ok(rows.length <= 7);
      return { rows: rows as OpenBar[], nextPageToken };
    });
  for (const length of [1, 2, 3, 4] as BarPeriod[]) {
    // Each as it was told last.
    const expected = new Map(
      told
        .flatMap((each) => each.bars)
        .filter((bar) => bar.length === length)
        .map((bar) => [bar.start?.seconds, bar]),
    );
    const found = await bars(length);
    assert.deepEqual(found, [...expected.values()]);
    assert.deepEqual(
      found.map(({ closed }) => closed),
      found.map((_, at) => at < found.length - 1),
    );
  }
  const minutes = await bars(BarPeriod.MINUTE);
  assert.equal(minutes.length, 60);
  const [startTime, endTime] = [minutes[10]?.start, minutes[20]?.start];
  assert.deepEqual(await bars(BarPeriod.MINUTE, { startTime, endTime }), minutes.slice(10, 20));
  assert.deepEqual(
    await bars(BarPeriod.MINUTE, { startTime: minutes[59]?.start }),
    minutes.slice(59),
  );
  assert.deepEqual(await bars(BarPeriod.MINUTE, { endTime: minutes[0]?.start }), []);
});

test('enrichments come in pages, and what cannot be asked is refused by name', async () => {
  await enrichUpTo(1, 25);
  const { listEnrichments, getEnrichment } = handlers();
  const list = (more = {}) =>
    listAll<ChainEnriched>(async (pageToken) => {
      const request = { ...page, product: 'ALFA', pageSize: 10, pageToken, ...more };
      const { enrichments = [], nextPageToken = '' } = await listEnrichments(request, context);
      return { rows: enrichments as ChainEnriched[], nextPageToken };
    });
  assert.deepEqual(await list(), told);
  const [startTime, endTime] = [told[5]?.marketTime, told[17]?.marketTime];
  assert.deepEqual(await list({ startTime, endTime }), told.slice(5, 17));
  assert.deepEqual(await getEnrichment({ product: 'ALFA' }, context), { enrichment: told.at(-1) });
  // A hundred years are pages, too.
  const far = { startTime: { seconds: -2e9, nanos: 0 }, endTime: { seconds: 2e11, nanos: 0 } };
  assert.equal((await list(far)).length, 25);
  const refused = (code: Status, reason: string) => (error: RpcError) =>
    error.code === code && JSON.stringify(error.details).includes(reason);
  await assert.rejects(
    list({ startTime: endTime, endTime: startTime }),
    refused(Status.INVALID_ARGUMENT, 'TIME_RANGE_EMPTY'),
  );
  await assert.rejects(list({ product: 'NONE' }), refused(Status.NOT_FOUND, 'PRODUCT_UNKNOWN'));
  await assert.rejects(list({ pageToken: 'x' }), refused(Status.INVALID_ARGUMENT, 'PAGE_TOKEN'));
});

test('who watches is told the newest, not what he knows, and waits for a product without any', async () => {
  const stop = new AbortController();
  const watch = (after?: string) => {
    const seen: number[] = [];
    const done = (async () => {
      for await (const each of latest.watch('ALFA', stop.signal, after)) {
        seen.push(each?.sequence ?? 0);
      }
    })();
    return { seen, done };
  };
  const first = watch();
  await enrichUpTo(1, 3);
  await eventually(() => assert.deepEqual(first.seen, [3]));
  const [knowing, behind] = [watch('3'), watch('2')];
  await eventually(() => assert.deepEqual(behind.seen, [3]));
  await enrichUpTo(4, 4);
  await eventually(() => {
    assert.deepEqual(first.seen, [3, 4]);
    assert.deepEqual(knowing.seen, [4]);
    assert.deepEqual(behind.seen, [3, 4]);
  });
  stop.abort();
  await Promise.all([first.done, knowing.done, behind.done]);
});

test('what is old is forgotten, bars of days never', async () => {
  await enrichUpTo(1, 60);
  await tidy(database, { keepMs: 60_000, keepBarsMs: 60_000 });
  const count = (table: 'enrichment' | 'bar') =>
    database
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
  assert.equal((await count('enrichment')).count, 60);
  await tidy(database, { keepMs: 0, keepBarsMs: 0 });
  assert.equal((await count('enrichment')).count, 0);
  const bars = await database.selectFrom('bar').select('period').execute();
  assert.deepEqual(bars, [{ period: BarPeriod.DAY }, { period: BarPeriod.DAY }]);
  assert.equal((await latest.get('ALFA'))?.sequence, 60);
});
