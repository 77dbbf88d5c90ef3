import { ThreadPool } from '../../../kit/threads/ThreadPool.ts';
import type { ChainMetrics } from './ChainMetrics.ts';

/** Several chains one behind the other, as protobuf of ChainUpdated. */
export interface PackedChains {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  readonly ends: readonly number[];
}

/** Threads that read chains and work out what they amount to. */
export class ChainThreads {
  readonly #pool: ThreadPool<PackedChains, ChainMetrics[]>;

  constructor(size: number) {
    this.#pool = new ThreadPool({ script: new URL('chainThread.ts', import.meta.url), size });
  }

  /**
   * @param payloads Protobuf of ChainUpdated.
   * @returns what each amounts to.
   * @throws Error that says what is wrong with the first that is no chain.
   */
  async work(payloads: readonly Uint8Array[]): Promise<ChainMetrics[]> {
    const packed = pack(payloads);
    return this.#pool.run(packed, [packed.bytes.buffer]);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** What came from the network are views of larger buffers, which would be copied as a whole. */
function pack(payloads: readonly Uint8Array[]): PackedChains {
  const ends: number[] = [];
  let end = 0;
  for (const { byteLength } of payloads) {
    end += byteLength;
    ends.push(end);
  }
  const bytes = new Uint8Array(end);
  payloads.forEach((payload, index) => {
    bytes.set(payload, (ends[index] as number) - payload.byteLength);
  });
  return { bytes, ends };
}
