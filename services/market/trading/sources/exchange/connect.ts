import { WebSocket } from 'ws';
import { type EgressPolicy, ForbiddenAddressError } from '../../../../kit/egress/EgressPolicy.ts';
import {
  type ExchangeMessage,
  readMessage,
  subscribeMessage,
  type Trade,
} from './tickerMessage.ts';

export interface ConnectionOptions {
  readonly url: string;
  readonly productId: string;
  /** Where the exchange may be. */
  readonly egress: EgressPolicy;
  /** Ends the connection. */
  readonly signal: AbortSignal;
  /** The exchange has confirmed the subscription. */
  readonly onSubscribed: () => void;
  readonly onTrade: (trade: Trade) => void;
  /** A message that could not be understood; the connection goes on. */
  readonly onUnreadable: (error: unknown, text: string) => void;
  /** Time between two signs of life, in milliseconds, before the connection is given up, and for the subscription. Default 30,000. */
  readonly idleMs?: number;
}

const HANDSHAKE_MS = 10_000;
const LARGEST_MESSAGE_BYTES = 1024 * 1024;

/** The exchange does not give what it was asked for. */
export class SubscriptionRefusedError extends Error {
  override readonly name = 'SubscriptionRefusedError';
}

/**
 * Holds one connection to the exchange's feed and hears what it says.
 *
 * @returns when `signal` aborts.
 * @throws SubscriptionRefusedError when the exchange does not give the product, and Error when the connection cannot be
 *   made or ends: with the exchange's own words if there are any.
 */
export async function connect(options: ConnectionOptions): Promise<void> {
  const { url, productId, egress, signal, idleMs = 30_000 } = options;
  signal.throwIfAborted();
  const { hostname } = new URL(url);
  if (!egress.allowsHost(hostname)) throw new ForbiddenAddressError(hostname);
  const socket = new WebSocket(url, {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LARGEST_MESSAGE_BYTES,
    lookup: egress.lookup,
  });
  const idle = watchIdle(socket, idleMs);
  let isSubscribed = false;
  const confirmed = () => {
    isSubscribed = true;
    options.onSubscribed();
  };
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => socket.send(subscribeMessage(productId)));
      socket.on('message', (data) => {
        idle.alive();
        const text = data.toString();
        try {
          hear(readMessage(text, productId), { ...options, onSubscribed: confirmed }, reject);
        } catch (error) {
          options.onUnreadable(error, text);
        }
      });
      // One that answers pings and does not confirm what it was asked for is as good as silent.
      socket.on('pong', () => {
        if (isSubscribed) idle.alive();
      });
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        if (signal.aborted) return resolve();
        const silent = idle.expired
          ? `said nothing for ${idleMs / 1_000} s`
          : 'closed the connection';
        reject(
          new Error(`the exchange ${silent} (${code}${reason.length > 0 ? ` ${reason}` : ''})`),
        );
      });
    });
  } finally {
    signal.removeEventListener('abort', abort);
    idle.stop();
    socket.terminate();
  }
}

function hear(
  message: ExchangeMessage,
  { onSubscribed, onTrade }: ConnectionOptions,
  reject: (error: Error) => void,
): void {
  if (message.type === 'trade') onTrade(message.trade);
  else if (message.type === 'subscribed') onSubscribed();
  else if (message.type === 'error') reject(new SubscriptionRefusedError(message.message));
}

/** Ends a connection that gives no sign of life; a quiet market is asked for one by a ping. */
function watchIdle(socket: WebSocket, idleMs: number) {
  let lastMs = performance.now();
  let expired = false;
  const timer = setInterval(() => {
    if (performance.now() - lastMs > idleMs) {
      expired = true;
      socket.terminate();
    } else if (socket.readyState === WebSocket.OPEN) {
      socket.ping();
    }
  }, idleMs / 3);
  return {
    alive: () => {
      lastMs = performance.now();
    },
    get expired() {
      return expired;
    },
    stop: () => clearInterval(timer),
  };
}
