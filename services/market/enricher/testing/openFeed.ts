import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import {
  type MemberOptions,
  openMember,
  type TestMember,
} from '../../../kit/testing/openMember.ts';
import { makeChain, RECIPES } from './makeChain.ts';

/** Stands in for the feed: it has its stream, and chains of its own. */
export function openFeed(
  options: Pick<MemberOptions<unknown>, 'nats' | 'databaseUrl' | 'contracts' | 'leaseMs'> & {
    /** An empty folder. */
    readonly migrations: string;
  },
): Promise<TestMember<unknown>> {
  return openMember<unknown>({ ...options, service: 'feed' });
}

/** Tells chains from where the stream ends. @param until The sequence that each product comes to. @returns when it has. */
export async function tellChains(
  { stream }: Pick<TestMember<unknown>, 'stream'>,
  until: number,
): Promise<void> {
  const told = Promise.withResolvers<void>();
  stream.write(async (term) => {
    const next = new Map<string, number>();
    for (const { product } of RECIPES) {
      next.set(product, ((await stream.last(ChainUpdated, product))?.event.sequence ?? 0) + 1);
    }
    const due = () => RECIPES.filter(({ product }) => (next.get(product) ?? 0) <= until);
    while (!term.signal.aborted && due().length > 0) {
      const chains = due().map((recipe) =>
        makeChain(recipe, next.get(recipe.product) ?? 0, term.epoch),
      );
      await term.publish(ChainUpdated, chains);
      for (const { product, sequence } of chains) next.set(product, sequence + 1);
    }
    if (due().length === 0) told.resolve();
    // Who ends gives the lease back, and is given it again.
    await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
  });
  await told.promise;
}
