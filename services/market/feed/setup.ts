import { type Implementation, implement } from '@weft/mesh/runtime';
import { ChainUpdated, OptionMarketServiceDefinition } from '@weft/proto/market/v1/option_market';
import type { KitContext } from '../../kit/defineService.ts';
import { Chains } from './Chains.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { optionMarket } from './optionMarket.ts';
import { Checkpoints } from './run/Checkpoints.ts';
import { makeMarket } from './run/makeMarket.ts';
import { readMarket } from './settings/readMarket.ts';

/** Follows the market, and makes it where no other instance does. */
export async function setup(context: KitContext<Config, DB>): Promise<Implementation[]> {
  const { config, database, stream, log, observe, onStop } = context;
  const settings = await readMarket(config.marketFile);
  const checkpoints = new Checkpoints(database);
  const lastChain = async (product: string) =>
    (await stream.last(ChainUpdated, product))?.event ?? (await checkpoints.read(product));
  const symbols = settings.products.map(({ symbol }) => symbol);
  const chains = new Chains({ symbols, lastChain, log });
  // NATS need not be there: then there are no chains yet.
  stream
    .follow(chains)
    .then((end) => {
      onStop(end);
      chains.onGap();
    })
    .catch((err) => log.error({ err }, 'chains are not followed'));
  let made = 0;
  observe((meter) => {
    meter
      .createObservableCounter('weft_feed_chains_total', {
        description: 'Chains that this instance has made.',
      })
      .addCallback((result) => result.observe(made));
  });
  const onMade = (count: number) => {
    made += count;
  };
  stream.write((term) => makeMarket(term, { settings, checkpoints, lastChain, onMade }));
  return [implement(OptionMarketServiceDefinition, optionMarket(settings.products, chains))];
}
