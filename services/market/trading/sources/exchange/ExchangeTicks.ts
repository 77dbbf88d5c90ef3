import pRetry from 'p-retry';
import type { EgressPolicy } from '../../../../kit/egress/EgressPolicy.ts';
import type { Log } from '../../../../kit/Log.ts';
import type { Pace } from '../../../ticks/Pace.ts';
import type { TickSource } from '../../../ticks/TickSource.ts';
import type { Ticks } from '../../../ticks/Ticks.ts';
import { connect, SubscriptionRefusedError } from './connect.ts';
import { redactUrl } from './redactUrl.ts';
import { TradeQueue } from './TradeQueue.ts';

/**
 * All that is told of an exchange without trades; the log has the rest. Whether a port is closed, a name unknown or a
 * handshake refused would tell whoever may start a feed about networks that only this process can reach.
 */
export type ExchangeProblem = 'EXCHANGE_UNREACHABLE' | 'EXCHANGE_SUBSCRIPTION_REFUSED';

export interface ExchangeOptions {
  readonly url: string;
  readonly productId: string;
  /** Where the exchange may be. */
  readonly egress: EgressPolicy;
  readonly log: Log;
  /** Told why no trades come, and with undefined that they come again. */
  readonly onProblem: (problem: ExchangeProblem | undefined) => void;
  /** Silence after which a connection is given up, in milliseconds. Default 30,000. */
  readonly idleMs?: number;
  /** Wait before the second try to connect, in milliseconds; doubles from try to try. Default 500. */
  readonly firstRetryMs?: number;
}

const LAST_RETRY_MS = 30_000;
/** A connection that lasted this long worked: the next try need not wait. */
const STABLE_MS = 5_000;

/**
 * Live trades. The exchange does not tell what it has told before: trades made while there is no connection are
 * missing, and their numbers with them.
 */
export class ExchangeTicks implements TickSource {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** The market sets the pace. */
  async *ticks(after: number, _pace: Pace, signal: AbortSignal): AsyncGenerator<Ticks> {
    const ended = new AbortController();
    const queue = new TradeQueue(after, this.#options.log);
    const connecting = this.#stayConnected(queue, AbortSignal.any([signal, ended.signal]));
    const end = () => queue.end();
    signal.addEventListener('abort', end);
    try {
      connecting.catch((error) => queue.fail(error));
      yield* queue;
    } finally {
      signal.removeEventListener('abort', end);
      ended.abort();
    }
  }

  async #stayConnected(queue: TradeQueue, signal: AbortSignal): Promise<void> {
    const { firstRetryMs = 500 } = this.#options;
    while (!signal.aborted) {
      await pRetry(() => this.#connect(queue, signal), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: firstRetryMs,
        maxTimeout: LAST_RETRY_MS,
        randomize: true,
        shouldRetry: () => !signal.aborted,
        signal,
      }).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  /** @throws when a connection was not made, or did not last. */
  async #connect(queue: TradeQueue, signal: AbortSignal): Promise<void> {
    const { url, productId, egress, idleMs, log, onProblem } = this.#options;
    let subscribedMs: number | undefined;
    try {
      await connect({
        url,
        productId,
        egress,
        signal,
        ...(idleMs === undefined ? {} : { idleMs }),
        onTrade: (trade) => queue.offer(trade),
        onSubscribed: () => {
          subscribedMs = performance.now();
          log.info({ url: redactUrl(url), productId }, 'subscribed to the exchange');
          onProblem(undefined);
        },
        onUnreadable: (err, text) =>
          log.warn(
            { err, text: text.slice(0, 500) },
            'a message of the exchange was not understood',
          ),
      });
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof SubscriptionRefusedError;
      const fields = { err: error, url: redactUrl(url), productId };
      log.warn(fields, refused ? 'the exchange refuses' : 'no connection to the exchange');
      onProblem(refused ? 'EXCHANGE_SUBSCRIPTION_REFUSED' : 'EXCHANGE_UNREACHABLE');
      if (subscribedMs === undefined || performance.now() - subscribedMs < STABLE_MS) throw error;
    }
  }
}
