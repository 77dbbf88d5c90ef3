import type { ServiceClient } from '@weft/mesh/runtime';
import type { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { EventStream } from '../../../kit/events/EventStream.ts';
import type { Log } from '../../../kit/Log.ts';
import { Backlog } from '../../ticks/Backlog.ts';
import { Pace } from '../../ticks/Pace.ts';
import { sendMarketData } from '../../ticks/sendMarketData.ts';
import { UnderlyingTicks } from './UnderlyingTicks.ts';

export interface SendTicksOptions {
  /** Their symbols. */
  readonly products: readonly string[];
  readonly stream: Pick<EventStream, 'behind'>;
  readonly client: ServiceClient<MarketDataServiceDefinition>;
  readonly log: Log;
  /** Told how many are handed to a stream, those sent again included. */
  readonly onSent: (ticks: number) => void;
}

/** Of a product. While analytics is away no more are held; the rest stays in the stream of chains. */
const MOST_UNACKNOWLEDGED = 8_192;

/**
 * Sends the prices of all underlyings to analytics while the market is made here: each counts once, whoever makes it, for its
 * number is the chain's. Analytics need not be there.
 *
 * @param signal Ends it.
 * @returns what is to be told of chains that are in the stream now.
 */
export function sendTicks(
  { products, stream, client, log, onSent }: SendTicksOptions,
  signal: AbortSignal,
): (chains: readonly ChainUpdated[]) => void {
  const sources = new Map<string, UnderlyingTicks>();
  for (const product of products) {
    const chainsBehind = (last: number) =>
      stream.behind(ChainUpdated, product, ({ sequence }) => sequence <= last);
    const source = new UnderlyingTicks({ product, chainsBehind, log });
    sources.set(product, source);
    let isBroken = false;
    sendMarketData({
      ...{ client, source: `feed:${product}`, symbol: product, onSent },
      backlog: new Backlog(source, new Pace(0), signal, MOST_UNACKNOWLEDGED),
      ...{ stopping: signal, cutting: signal },
      onAcknowledged: () => {
        isBroken = false;
      },
      onBroken: (err) => {
        if (!isBroken && !signal.aborted) log.warn({ err, product }, 'analytics takes no ticks');
        isBroken = true;
      },
    }).catch((err) => log.error({ err, product }, 'analytics refuses ticks'));
  }
  return (chains) => {
    for (const chain of chains) sources.get(chain.product)?.add(chain);
  };
}
