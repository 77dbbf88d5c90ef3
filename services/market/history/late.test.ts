import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { firstUpdates, testSettings } from '../feed/testing/testMarket.ts';
import { openHistory, type TestHistory } from './testing/openHistory.ts';
import { wholeRange } from './testing/wholeRange.ts';

const postgres = usePostgres();
const chains = firstUpdates(testSettings(), 40).filter(({ product }) => product === 'ALFA');

/** All that is kept, by time. */
async function allOf({ client }: TestHistory): Promise<ChainUpdated[]> {
  const { prices } = await client.listUnderlyingPrices({ ...wholeRange, product: 'ALFA' });
  const kept: ChainUpdated[] = [];
  for (const { time } of prices) {
    const { chain } = await client.getStoredChain({ product: 'ALFA', asOf: time });
    kept.push(chain as ChainUpdated);
  }
  return kept;
}

test('chains that come late, twice or in another order are each kept once, at their time', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store(...chains.slice(10));
  await history.store(...chains.slice(5, 15).toReversed());
  await history.store(...chains.slice(0, 10));
  assert.deepEqual(await allOf(history), chains);
  const { products } = await history.client.listStoredProducts(wholeRange);
  assert.deepEqual(products[0]?.lastTime, chains.at(-1)?.marketTime);
});

test('a chain that is told again with a higher epoch takes the place of the one before, and no other does', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store(...chains);
  const old = chains[3] as ChainUpdated;
  const corrected = {
    ...{ ...old, epoch: old.epoch + 1, underlyingPrice: old.underlyingPrice + 1 },
    expiries: old.expiries.slice(1),
  };
  await history.store(corrected);
  await history.store(old, { ...corrected, underlyingPrice: 1 });
  assert.deepEqual(await allOf(history), chains.toSpliced(3, 1, corrected));
  const [dropped] = old.expiries;
  const { chains: ofDropped } = await history.client.listStoredChains({
    ...{ ...wholeRange, product: 'ALFA', expiry: dropped?.expiry ?? '' },
  });
  assert.deepEqual(
    ofDropped.map(({ sequence }) => sequence),
    chains.map(({ sequence }) => sequence).filter((sequence) => sequence !== old.sequence),
  );
});

test('what chains amount to is kept as they are, each or the last of each bucket', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store(...chains);
  const enriched: ChainEnriched[] = chains.map(
    ({ product, epoch, sequence, marketTime, underlyingPrice }) => ({
      ...ChainEnriched.create(),
      ...{ product, epoch, sequence, marketTime, underlyingPrice },
      putCallRatioVolume: 1 / sequence,
    }),
  );
  await history.storeEnriched(...enriched.toReversed());
  const old = enriched[3] as ChainEnriched;
  const corrected = { ...old, epoch: old.epoch + 1, putCallRatioVolume: 2 };
  await history.storeEnriched(corrected, old);
  const kept = enriched.toSpliced(3, 1, corrected);
  const asked = { ...wholeRange, product: 'ALFA' };
  const first = await history.client.listStoredEnrichments({ ...asked, pageSize: 15 });
  const { nextPageToken: pageToken } = first;
  const rest = await history.client.listStoredEnrichments({ ...asked, pageSize: 15, pageToken });
  assert.deepEqual([...first.enrichments, ...rest.enrichments], kept);
  // From 14:30 on, minute by minute.
  const bucket = { seconds: 600, nanos: 0 };
  const last = await history.client.listStoredEnrichments({ ...asked, bucket });
  assert.deepEqual(last.enrichments, [kept[9], kept[19]]);
});
