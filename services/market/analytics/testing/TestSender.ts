import type { HandlersOf } from '@weft/mesh/runtime';
import type {
  MarketDataServiceDefinition,
  StreamMarketDataRequest,
  StreamMarketDataResponse,
  TickBatch,
} from '@weft/proto/market/v1/market_data';
import { callContext } from '../../../kit/testing/callContext.ts';

/** One call of StreamMarketData, a message at a time. */
export class TestSender {
  readonly #requests: StreamMarketDataRequest[] = [];
  #halfClosed = false;
  #acknowledged = 0;
  #last: StreamMarketDataResponse | undefined;
  #wake: (() => void) | undefined;
  readonly #responses: AsyncIterator<StreamMarketDataResponse>;

  constructor(handlers: HandlersOf<MarketDataServiceDefinition>, source: string) {
    this.#requests.push({ message: { $case: 'open', value: { source } } });
    const responses = handlers.streamMarketData(this.#read(), callContext());
    this.#responses = responses[Symbol.asyncIterator]();
  }

  send(batch: TickBatch): void {
    this.sendRequest({ message: { $case: 'batch', value: batch } });
  }

  sendRequest(request: StreamMarketDataRequest): void {
    this.#requests.push(request);
    this.#wake?.();
  }

  /** The last acknowledgement that was read. */
  get last(): StreamMarketDataResponse | undefined {
    return this.#last;
  }

  halfClose(): void {
    this.#halfClosed = true;
    this.#wake?.();
  }

  /** The next acknowledgement; undefined at the end of the call. */
  async next(): Promise<number | undefined> {
    const { done, value } = await this.#responses.next();
    if (done) return undefined;
    this.#last = value;
    this.#acknowledged = value.acknowledgedSequence;
    return this.#acknowledged;
  }

  /** Reads until this number, or one above, is acknowledged. */
  async acknowledged(sequence: number): Promise<number> {
    while (this.#acknowledged < sequence) {
      if ((await this.next()) === undefined) throw new Error('the call has ended');
    }
    return this.#acknowledged;
  }

  async *#read(): AsyncGenerator<StreamMarketDataRequest> {
    for (;;) {
      const request = this.#requests.shift();
      if (request) yield request;
      else if (this.#halfClosed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
