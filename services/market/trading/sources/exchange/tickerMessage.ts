import { z } from 'zod';
import { readTime } from '../readTime.ts';

/** One trade, as the exchange numbers it. */
export interface Trade {
  readonly sequence: number;
  readonly price: number;
  readonly size: number;
  /** Microseconds since the epoch. */
  readonly atUs: number;
}

/** What a message of the feed says to us. */
export type ExchangeMessage =
  | { readonly type: 'trade'; readonly trade: Trade }
  | { readonly type: 'subscribed' }
  | { readonly type: 'error'; readonly message: string }
  /** Nothing that matters here, such as another product's ticker. */
  | { readonly type: 'other' };

/** Prices and sizes are decimal numbers in strings. */
const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number);

const ticker = z.object({
  product_id: z.string(),
  trade_id: z.int().positive(),
  price: decimal.refine((price) => price > 0),
  last_size: decimal,
  time: z.string().transform((text, context) => {
    const time = readTime(text);
    if (time === undefined) context.addIssue('not a time');
    return time ?? z.NEVER;
  }),
});

const subscriptions = z.object({
  channels: z.array(z.object({ name: z.string(), product_ids: z.array(z.string()).optional() })),
});

const error = z.object({ message: z.string(), reason: z.string().optional() });

/** The message that asks for a product's ticker. */
export function subscribeMessage(productId: string): string {
  return JSON.stringify({ type: 'subscribe', product_ids: [productId], channels: ['ticker'] });
}

/**
 * Reads one message of Coinbase Exchange's WebSocket feed.
 *
 * @see https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#ticker-channel
 * @throws when the text is no such message.
 */
export function readMessage(text: string, productId: string): ExchangeMessage {
  const message: unknown = JSON.parse(text);
  const { type } = z.object({ type: z.string() }).parse(message);
  if (type === 'ticker') {
    const { product_id, trade_id, price, last_size, time } = ticker.parse(message);
    if (product_id !== productId) return { type: 'other' };
    return { type: 'trade', trade: { sequence: trade_id, price, size: last_size, atUs: time } };
  }
  if (type === 'subscriptions') {
    const { channels } = subscriptions.parse(message);
    const ours = channels.find(({ name }) => name === 'ticker');
    return { type: ours?.product_ids?.includes(productId) ? 'subscribed' : 'other' };
  }
  if (type === 'error') {
    const { message: what, reason } = error.parse(message);
    return { type: 'error', message: reason ? `${what}: ${reason}` : what };
  }
  return { type: 'other' };
}
