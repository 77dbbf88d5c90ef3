import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Status } from '@weft/mesh/runtime';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { usePostgres } from '../../../../kit/testing/usePostgres.ts';
import { chainOf } from '../testing/chains.ts';
import { openOptionAnalytics, type TestOptionAnalytics } from '../testing/openOptionAnalytics.ts';
import { Analyses } from './Analyses.ts';
import { AnalysisThread } from './AnalysisThread.ts';

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
  const thread = new AnalysisThread();
  let analysed = 0;
  const counting = {
    analyse(message: Uint8Array) {
      analysed += 1;
      return thread.analyse(message);
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
  await thread.stop();
});

test('while surfaces are fitted, whoever else has something to do goes on', async () => {
  const thread = new AnalysisThread();
  await thread.analyse(bytesOf(chain(1)));
  const many = chainOf({
    ...{ sequence: 2, price: 100 },
    expiries: Array.from({ length: 60 }, (_, i) => expiry((i + 1) / 30)),
  });
  let isDone = false;
  const analysed = thread.analyse(bytesOf(many)).then((analysis) => {
    isDone = true;
    return analysis;
  });
  let turns = 0;
  for (; !isDone; turns += 1) await sleep(1);
  const { byStrike } = await analysed;
  assert.equal(byStrike.slices.length, 60);
  assert.ok(turns > 5, `${turns} turns`);
  await thread.stop();
});

test('bytes that are no chain fail alone; the thread ends when it has nothing to do, and comes back', async () => {
  const thread = new AnalysisThread(20);
  const [bad, good] = await Promise.allSettled([
    thread.analyse(Buffer.from([0x3a, 0xff])),
    thread.analyse(bytesOf(chain(1))),
  ]);
  assert.deepEqual([bad.status, good.status], ['rejected', 'fulfilled']);
  while (thread.isRunning) await sleep(10);
  const { maxPains } = await thread.analyse(bytesOf(chain(3)));
  assert.equal(maxPains.chain?.sequence, 3);
  const cut = thread.analyse(bytesOf(chain(4)));
  await Promise.all([thread.stop(), assert.rejects(cut, { code: Status.UNAVAILABLE })]);
});
