import { RpcError, type ServiceClient, Status } from '@weft/mesh/runtime';
import type {
  BarBatch,
  MarketDataServiceDefinition,
  StreamMarketDataRequest,
  StreamMarketDataResponse,
} from '@weft/proto/market/v1/market_data';

/** One tick as it was applied. */
export interface AppliedTick {
  readonly symbol: string;
  readonly sequence: number;
  readonly price: number;
  readonly size: number;
}

/**
 * Receives ticks as the contract of MarketDataService says, without a network. It can lose what it has not committed,
 * refuse calls, and break them off.
 */
export class TestReceiver {
  /** All ticks committed, in order. */
  readonly ticks: AppliedTick[] = [];
  /** Close of each bar committed, in order. */
  readonly bars: number[] = [];
  /** Calls end with this status, those under way included. */
  refusal: Status | undefined;
  /** Each source's last committed number. */
  readonly committed = new Map<string, number>();
  calls = 0;
  /** While true, nothing is committed or acknowledged. */
  paused = false;
  readonly #breaks = new Set<(error: RpcError) => void>();

  /** A client that calls this receiver. */
  get client(): ServiceClient<MarketDataServiceDefinition> {
    return {
      streamMarketData: (requests, options) => this.#stream(requests, options?.signal),
      sendMarketData: () => Promise.reject(new Error('not served here')),
    };
  }

  /** Ends all calls under way; what they have not committed is forgotten. */
  breakOff(status: Status = Status.UNAVAILABLE): void {
    for (const fail of this.#breaks) fail(new RpcError(status, 'broken off by the test'));
  }

  refuse(status: Status | undefined): void {
    this.refusal = status;
    if (status !== undefined) this.breakOff(status);
  }

  async *#stream(
    requests: AsyncIterable<StreamMarketDataRequest>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StreamMarketDataResponse> {
    this.calls++;
    if (this.refusal !== undefined) throw new RpcError(this.refusal, 'refused by the test');
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    this.#breaks.add(broken.reject);
    const cancel = () => broken.reject(new RpcError(Status.CANCELLED, 'cancelled'));
    signal?.addEventListener('abort', cancel);
    const iterator = requests[Symbol.asyncIterator]();
    try {
      const { value: first } = await Promise.race([iterator.next(), broken.promise]);
      if (first?.message?.$case !== 'open') throw new Error('the call does not begin with open');
      const { source } = first.message.value;
      yield { acknowledgedSequence: this.committed.get(source) ?? 0 };
      for (;;) {
        const { done, value } = await Promise.race([iterator.next(), broken.promise]);
        if (done) return;
        // Gives a break the chance to fall between arrival and commit.
        do {
          await Promise.race([new Promise((resolve) => setTimeout(resolve, 1)), broken.promise]);
        } while (this.paused);
        yield { acknowledgedSequence: this.#commit(source, value) };
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#breaks.delete(broken.reject);
      iterator.return?.()?.catch(() => {});
    }
  }

  #commit(source: string, { message }: StreamMarketDataRequest): number {
    if (message?.$case === 'bars') return this.#commitBars(source, message.value);
    if (message?.$case !== 'batch') throw new Error('not a batch');
    const { symbols, symbolIndex, price, size, firstSequence, sequenceStep } = message.value;
    let sequence = firstSequence;
    let last = this.committed.get(source) ?? 0;
    for (let i = 0; i < price.length; i++) {
      if (i > 0) sequence += sequenceStep.length > 0 ? (sequenceStep[i] as number) : 1;
      if (sequence <= last) continue;
      last = sequence;
      const symbol = symbols[symbolIndex[i] as number] as string;
      this.ticks.push({ symbol, sequence, price: price[i] as number, size: size[i] as number });
    }
    this.committed.set(source, last);
    return last;
  }

  #commitBars(source: string, batch: BarBatch): number {
    const last = batch.firstSequence + batch.open.length - 1;
    const count = Math.min(last - (this.committed.get(source) ?? 0), batch.open.length);
    if (count <= 0) return this.committed.get(source) ?? 0;
    this.bars.push(...batch.close.slice(-count));
    this.committed.set(source, last);
    return last;
  }
}
