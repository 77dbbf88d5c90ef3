import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { usePostgres } from '../../../../kit/testing/usePostgres.ts';
import { openThread } from '../openOptions.ts';
import { chainOf } from '../testing/chains.ts';
import { openOptionAnalytics, type TestOptionAnalytics } from '../testing/openOptionAnalytics.ts';
import { Analyses } from './Analyses.ts';

const postgres = usePostgres();
let opened: TestOptionAnalytics;
before(async () => {
  opened = await openOptionAnalytics(await postgres.createDatabase());
});
after(() => opened?.[Symbol.asyncDispose]());

const strikes = Array.from({ length: 41 }, (_, i) => 60 + 2 * i);
const expiry = (years: number) => ({ years, forward: 100, strikes, volatility: () => 0.2 });
const chain = (sequence: number) => chainOf({ sequence, price: 100, expiries: [expiry(0.5)] });
const bytesOf = (message: ChainUpdated) => ChainUpdated.encode(message).finish();

test('a chain is analysed once for all who ask about it, and the next one anew', async () => {
  await using thread = { pool: openThread(), [Symbol.asyncDispose]: () => thread.pool.close() };
  let analysed = 0;
  const counting = {
    run(message: Uint8Array) {
      analysed += 1;
      return thread.pool.run(message);
    },
  };
  const analyses = new Analyses(opened.database, counting);
  await opened.tell(chain(1));
  const same = await Promise.all(Array.from({ length: 20 }, () => analyses.of('ALFA')));
  assert.equal(new Set(same).size, 1);
  assert.equal(analysed, 1);
  await opened.tell(chain(2));
  const { skews } = await analyses.of('ALFA');
  assert.deepEqual([skews.chain?.sequence, analysed], [2, 2]);
  await analyses.of('ALFA');
  assert.equal(analysed, 2);
});

test('while surfaces are fitted, whoever else has something to do goes on', async () => {
  await using thread = { pool: openThread(), [Symbol.asyncDispose]: () => thread.pool.close() };
  await thread.pool.run(bytesOf(chain(1)));
  const many = chainOf({
    ...{ sequence: 2, price: 100 },
    expiries: Array.from({ length: 60 }, (_, i) => expiry((i + 1) / 30)),
  });
  let isDone = false;
  const analysed = thread.pool.run(bytesOf(many)).then((analysis) => {
    isDone = true;
    return analysis;
  });
  let turns = 0;
  for (; !isDone; turns += 1) await sleep(1);
  const { byStrike } = await analysed;
  assert.equal(byStrike.slices.length, 60);
  assert.ok(turns > 5, `${turns} turns`);
});

test('what has failed is tried again by the next who asks, and nobody else has any of it', async () => {
  await using thread = { pool: openThread(), [Symbol.asyncDispose]: () => thread.pool.close() };
  let fails = true;
  const flaky = {
    run: (message: Uint8Array) => thread.pool.run(fails ? Buffer.from([0x3a, 0xff]) : message),
  };
  const analyses = new Analyses(opened.database, flaky);
  await opened.tell(chain(3));
  await assert.rejects(analyses.of('ALFA'), RangeError);
  fails = false;
  assert.equal((await analyses.of('ALFA')).maxPains.chain?.sequence, 3);
});
