import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A trade as a test makes it; the rest of the message is filled in. */
export interface TestTrade {
  readonly tradeId: number;
  readonly price?: string;
  readonly size?: string;
  readonly time?: string;
}

/**
 * Speaks as Coinbase Exchange's WebSocket feed does, as far as the ticker channel goes: subscribe, subscriptions, the
 * last trade at once, a message a trade, errors for what it does not know.
 *
 * @see https://docs.cdp.coinbase.com/exchange/websocket-feed/overview
 */
export class ExchangeServer {
  readonly url: string;
  /** Subscriptions asked for so far, refused ones included. */
  subscriptions = 0;
  /** Pings that it has answered. */
  pongs = 0;
  /** Makes it stop answering, as a half-dead connection does. */
  mute = false;
  /** Messages that it has not answered for that. */
  unheard = 0;
  readonly #server: WebSocketServer;
  readonly #products: ReadonlySet<string>;
  readonly #subscribers = new Map<WebSocket, string>();
  readonly #last = new Map<string, string>();
  #stopped: Promise<void> | undefined;

  private constructor(server: WebSocketServer, products: readonly string[]) {
    this.#server = server;
    this.#products = new Set(products);
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      socket.on('message', (data) => this.#hear(socket, data.toString()));
      socket.on('close', () => this.#subscribers.delete(socket));
      socket.on('ping', (data) => {
        if (this.mute) return;
        this.pongs += 1;
        socket.pong(data);
      });
    });
  }

  /** @param port Default: a free one. */
  static async start(products: readonly string[], port = 0): Promise<ExchangeServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, autoPong: false });
    await once(server, 'listening');
    return new ExchangeServer(server, products);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Tells all subscribers of a trade. */
  trade(productId: string, trade: TestTrade): void {
    const message = JSON.stringify(tickerMessage(productId, trade));
    this.#last.set(productId, message);
    this.sendAll(message, productId);
  }

  /** Sends a text as it is. */
  sendAll(text: string, productId?: string): void {
    for (const [socket, product] of this.#subscribers) {
      if (!this.mute && (productId === undefined || product === productId)) socket.send(text);
    }
  }

  /** Cuts all connections without a word. */
  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  /** Harmless when it has stopped. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.cut();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #hear(socket: WebSocket, text: string): void {
    if (this.mute) {
      this.unheard += 1;
      return;
    }
    const say = (message: object) => socket.send(JSON.stringify(message));
    const { type, product_ids: products = [], channels = [] } = JSON.parse(text);
    if (type !== 'subscribe') {
      say({ type: 'error', message: `Unknown type ${type}` });
      return;
    }
    this.subscriptions++;
    const unknown = products.find((product: string) => !this.#products.has(product));
    if (unknown !== undefined || !channels.includes('ticker')) {
      const reason = unknown ? `${unknown} is not a valid product` : 'No valid channels';
      say({ type: 'error', message: 'Failed to subscribe', reason });
      return;
    }
    const [product] = products;
    this.#subscribers.set(socket, product);
    say({
      type: 'subscriptions',
      channels: [{ name: 'ticker', product_ids: products, account_ids: null }],
    });
    const last = this.#last.get(product);
    if (last) socket.send(last);
  }
}

function tickerMessage(productId: string, trade: TestTrade): object {
  const { tradeId, price = '100.25', size = '0.5', time = '2024-01-02T03:04:05.123456Z' } = trade;
  return {
    type: 'ticker',
    sequence: 37_475_248_783 + tradeId,
    product_id: productId,
    price,
    open_24h: '1310.79',
    volume_24h: '245532.79269678',
    low_24h: '1280.52',
    high_24h: '1313.8',
    volume_30d: '9788783.60117027',
    best_bid: '1285.04',
    best_bid_size: '0.46688654',
    best_ask: '1285.27',
    best_ask_size: '1.56637040',
    side: 'buy',
    time,
    trade_id: tradeId,
    last_size: size,
  };
}
