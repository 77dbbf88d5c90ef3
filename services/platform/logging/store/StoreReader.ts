import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { LoggingReason } from '../LoggingReason.ts';
import type { StoreWriter } from './StoreWriter.ts';
import type { FoundLine, VictoriaLogs } from './VictoriaLogs.ts';

export interface FoundPage {
  readonly lines: readonly FoundLine[];
  /** There may be more. */
  readonly isFull: boolean;
}

/** Reads lines when nothing of what has been brought to the store is missing in it. */
export class StoreReader {
  readonly #store: VictoriaLogs;
  readonly #writer: Pick<StoreWriter, 'wholeEpoch' | 'suspect'>;

  constructor(store: VictoriaLogs, writer: Pick<StoreWriter, 'wholeEpoch' | 'suspect'>) {
    this.#store = store;
    this.#writer = writer;
  }

  /**
   * The lines that a query finds, each once.
   *
   * @param query In LogsQL.
   * @param order For its `sort by`, with the position in it, so that a line that is there twice comes twice in a row.
   * @param limit So many at most.
   * @throws RpcError UNAVAILABLE, reason LOG_STORE_UNAVAILABLE, while the store is away, or has lost lines that it is brought
   * again.
   */
  async read(query: string, order: string, limit: number): Promise<FoundPage> {
    const epoch = this.#writer.wholeEpoch;
    if (epoch === undefined) throw unavailable();
    try {
      const found = await this.#store.query(`${query} | sort by (${order}) | limit ${limit}`);
      // What was lost while it was asked must not look like what there never was.
      if ((await this.#store.startTime()) === epoch && this.#writer.wholeEpoch === epoch) {
        const isNew = ({ position }: FoundLine, at: number) => position !== found[at - 1]?.position;
        return { lines: found.filter(isNew), isFull: found.length >= limit };
      }
    } catch (cause) {
      throw unavailable(cause);
    }
    if (this.#writer.wholeEpoch === epoch) this.#writer.suspect();
    throw unavailable();
  }
}

function unavailable(cause?: unknown): RpcError {
  return new RpcError(Status.UNAVAILABLE, 'the store of logs cannot be read now', {
    cause,
    details: [errorInfo(LoggingReason.LOG_STORE_UNAVAILABLE)],
  });
}
