import type { Transaction } from 'kysely';
import { MICROS_PER_DAY } from '../../../../kit/time.ts';
import type { DB } from '../../database.ts';
import type { ChainHead } from './chainHead.ts';

/**
 * Keeps a chain in place of the one before it, and its price among those of the last day, which is what an alert may look back to.
 *
 * @returns false: a newer one has been kept already, as when an operator has had an old event handled again.
 */
export async function keepChain(
  transaction: Transaction<DB>,
  { product, epoch, sequence, marketUs, price, message }: ChainHead,
): Promise<boolean> {
  const row = {
    ...{ epoch, sequence, market_us: marketUs, underlying_price: price },
    message: Buffer.from(message.buffer, message.byteOffset, message.byteLength),
  };
  const { numInsertedOrUpdatedRows: kept } = await transaction
    .insertInto('option_chain')
    .values({ product, ...row })
    .onConflict((conflict) =>
      conflict
        .column('product')
        .doUpdateSet(row)
        .whereRef('option_chain.sequence', '<', 'excluded.sequence'),
    )
    .executeTakeFirstOrThrow();
  if (!kept) return false;
  await transaction
    .insertInto('option_price')
    .values({ product, market_us: marketUs, price })
    .onConflict((conflict) => conflict.columns(['product', 'market_us']).doUpdateSet({ price }))
    .execute();
  await transaction
    .deleteFrom('option_price')
    .where('product', '=', product)
    .where('market_us', '<', marketUs - MICROS_PER_DAY)
    .execute();
  return true;
}
