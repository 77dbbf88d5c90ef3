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
  readonly #store: Pick<VictoriaLogs, 'query' | 'startTime'>;
  readonly #writer: Pick<StoreWriter, 'wholeEpoch' | 'suspect'>;

  /** Of connections to the store, which of its processes is at the other end. */
  readonly #epochs = new WeakMap<object, number>();

  constructor(
    store: Pick<VictoriaLogs, 'query' | 'startTime'>,
    writer: Pick<StoreWriter, 'wholeEpoch' | 'suspect'>,
  ) {
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
      const { lines: found, connection } = await this.#store.query(
        `${query} | sort by (${order}) | limit ${limit}`,
      );
      // What was lost while it was asked must not look like what there never was.
      if ((await this.#isOf(epoch, connection)) && this.#writer.wholeEpoch === epoch) {
        const isNew = ({ position }: FoundLine, at: number) => position !== found[at - 1]?.position;
        return { lines: found.filter(isNew), isFull: found.length >= limit };
      }
    } catch (cause) {
      throw unavailable(cause);
    }
    if (this.#writer.wholeEpoch === epoch) this.#writer.suspect();
    throw unavailable();
  }

  /**
   * Whether what has come by a connection is that process's. It ran before that came; where it runs afterwards too, no other one
   * did in between, and the connection is to it for as long as it is open.
   */
  async #isOf(epoch: number, connection: object): Promise<boolean> {
    if (this.#epochs.get(connection) === epoch) return true;
    if ((await this.#store.startTime()) !== epoch) return false;
    this.#epochs.set(connection, epoch);
    return true;
  }
}

function unavailable(cause?: unknown): RpcError {
  return new RpcError(Status.UNAVAILABLE, 'the store of logs cannot be read now', {
    cause,
    details: [errorInfo(LoggingReason.LOG_STORE_UNAVAILABLE)],
  });
}
