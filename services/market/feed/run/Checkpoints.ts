import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { type Kysely, sql } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import type { WritingTerm } from '../../../kit/events/EventStream.ts';
import type { DB } from '../database.ts';

/** Chains as they were some seconds ago, in the database: for a stream that has none of a product left. */
export class Checkpoints {
  readonly #database: Kysely<DB>;

  constructor(database: Kysely<DB>) {
    this.#database = database;
  }

  /** Keeps the last chain of each product. @throws when another instance writes the stream. */
  async save(term: Pick<WritingTerm, 'note'>, chains: Iterable<ChainUpdated>): Promise<void> {
    const rows = [...chains].map((chain) => ({
      product: chain.product,
      sequence: chain.sequence,
      chain: Buffer.from(ChainUpdated.encode(chain).finish()),
    }));
    await transact(this.#database, async (transaction) => {
      await term.note(transaction);
      if (rows.length === 0) return;
      await transaction
        .insertInto('chain_checkpoint')
        .values(rows)
        .onConflict((conflict) =>
          conflict.column('product').doUpdateSet({
            sequence: sql`excluded.sequence`,
            chain: sql`excluded.chain`,
          }),
        )
        .execute();
    });
  }

  async read(product: string): Promise<ChainUpdated | undefined> {
    const row = await this.#database
      .selectFrom('chain_checkpoint')
      .select('chain')
      .where('product', '=', product)
      .executeTakeFirst();
    return row && ChainUpdated.decode(row.chain);
  }
}
