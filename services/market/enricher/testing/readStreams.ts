import assert from 'node:assert/strict';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { EventHeader, streamOf } from '@weft/mesh/events';
import type { TestNats } from '@weft/mesh/testing/TestNats';
import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { EventType } from '../../../kit/events/EventType.ts';
import { naiveEnrichments, rounded } from './naiveEnrichments.ts';

/** What the feed and the enricher have told, in the order of the streams. */
export async function readStreams(
  nats: Pick<TestNats, 'connect'>,
): Promise<{ readonly chains: ChainUpdated[]; readonly enriched: ChainEnriched[] }> {
  const connection = await nats.connect('cli');
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    return {
      chains: await readStream(manager, 'feed', ChainUpdated),
      enriched: await readStream(manager, 'enricher', ChainEnriched),
    };
  } finally {
    await connection.close();
  }
}

/**
 * Holds what the enricher has told against the chains of the feed: of each product, of each chain one enrichment, in order, and each as
 * it comes out by the definitions.
 */
export function assertEnriched(
  chains: readonly ChainUpdated[],
  enriched: readonly ChainEnriched[],
): void {
  const products = new Set(chains.map(({ product }) => product));
  assert.equal(enriched.length, chains.length);
  for (const product of products) {
    const ofProduct = <T extends { product: string }>(all: readonly T[]) =>
      all.filter((each) => each.product === product);
    const expected = naiveEnrichments(ofProduct(chains));
    assert.deepEqual(ofProduct(enriched).map(rounded), expected.map(rounded), product);
  }
}

async function readStream<T>(
  { streams }: JetStreamManager,
  service: string,
  type: EventType<T>,
): Promise<T[]> {
  const { state } = await streams.info(streamOf(service));
  const told: T[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
    const message = await streams.getMessage(streamOf(service), { seq });
    if (!message) throw new Error(`the stream of ${service} has lost message ${seq}`);
    assert.equal(Number(message.header.get(EventHeader.position)), told.length + 1);
    told.push(type.decode(message.data));
  }
  return told;
}
