import { type HttpImplementation, type Implementation, implement } from '@weft/mesh/runtime';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { ChainUpdated, OptionMarketServiceDefinition } from '@weft/proto/market/v1/option_market';
import type { KitContext } from '../../kit/defineService.ts';
import { Chains } from './Chains.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { marketPage } from './marketPage.ts';
import { optionMarket } from './optionMarket.ts';
import { Checkpoints } from './run/Checkpoints.ts';
import { makeMarket } from './run/makeMarket.ts';
import { readMarket } from './settings/readMarket.ts';
import { sendTicks } from './ticks/sendTicks.ts';

/** Follows the market, and makes it where no other instance does; whoever makes it tells analytics the underlyings' prices. */
export async function setup(
  context: KitContext<Config, DB>,
): Promise<(HttpImplementation | Implementation)[]> {
  const { client, config, database, stream, log, observe, onStop } = context;
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
  let sent = 0;
  observe((meter) => {
    meter
      .createObservableCounter('weft_feed_chains_total', {
        description: 'Chains that this instance has made.',
      })
      .addCallback((result) => result.observe(made));
    meter
      .createObservableCounter('weft_feed_ticks_sent_total', {
        description: 'Prices of underlyings handed to analytics, those sent again included.',
      })
      .addCallback((result) => result.observe(sent));
  });
  const onSent = (ticks: number) => {
    sent += ticks;
  };
  const analytics = client(MarketDataServiceDefinition);
  stream.write((term) => {
    const tell = sendTicks(
      { products: symbols, stream, client: analytics, log, onSent },
      term.signal,
    );
    const onMade = (chains: readonly ChainUpdated[]) => {
      made += chains.length;
      tell(chains);
    };
    return makeMarket(term, { settings, checkpoints, lastChain, onMade });
  });
  return [
    implement(OptionMarketServiceDefinition, optionMarket(settings.products, chains)),
    await marketPage(),
  ];
}
