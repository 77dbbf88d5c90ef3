import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { ThreadPool } from '../../../../kit/threads/ThreadPool.ts';
import type { DB } from '../../database.ts';
import { productUnknown } from '../chains/assertProduct.ts';
import type { ChainAnalysis } from './analyseChain.ts';

/** Is given a ChainUpdated. */
export type AnalysisThread = Pick<ThreadPool<Uint8Array, ChainAnalysis>, 'run'>;

/** Some hundred kilobytes each. */
const MOST_KEPT = 64;

/** What the chains as they stand amount to: worked out when somebody asks, and once for all who ask about the same chain. */
export class Analyses {
  readonly #database: Kysely<DB>;
  readonly #thread: AnalysisThread;
  /** By product: of the last chain that was asked about. */
  readonly #kept = new LRUCache<string, Kept>({ max: MOST_KEPT });

  /** @param thread Runs `runAnalyses.ts`. */
  constructor(database: Kysely<DB>, thread: AnalysisThread) {
    this.#database = database;
    this.#thread = thread;
  }

  /** @throws RpcError NOT_FOUND, reason PRODUCT_UNKNOWN. */
  async of(product: string): Promise<ChainAnalysis> {
    const known = this.#kept.get(product);
    const row = await this.#database
      .selectFrom('option_chain')
      .select(['epoch', 'sequence'])
      .select(({ eb }) =>
        eb
          .case()
          .when(
            eb.and([
              eb('epoch', '=', known?.epoch ?? -1),
              eb('sequence', '=', known?.sequence ?? -1),
            ]),
          )
          .then(null)
          .else(eb.ref('message'))
          .end()
          .as('message'),
      )
      .where('product', '=', product)
      .executeTakeFirst();
    if (!row) throw productUnknown(product);
    const { epoch, sequence, message } = row;
    if (known && message === null) return known.analysis;
    // Another call may have asked meanwhile.
    const asked = this.#kept.get(product);
    if (asked?.epoch === epoch && asked.sequence === sequence) return asked.analysis;
    const analysis = this.#thread.run(message as Buffer);
    const kept = { epoch, sequence, analysis };
    if (!asked || asked.sequence < sequence) this.#kept.set(product, kept);
    analysis.catch(() => {
      if (this.#kept.get(product) === kept) this.#kept.delete(product);
    });
    return analysis;
  }
}

interface Kept {
  readonly epoch: number;
  readonly sequence: number;
  readonly analysis: Promise<ChainAnalysis>;
}
