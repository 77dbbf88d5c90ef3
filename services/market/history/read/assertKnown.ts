import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import { HistoryReason, notFound } from '../HistoryReason.ts';

/** @throws RpcError NOT_FOUND (PRODUCT_UNKNOWN) for a product of which nothing is kept. */
export async function assertProduct(database: Kysely<DB>, product: string): Promise<void> {
  const row = await database
    .selectFrom('product')
    .select('symbol')
    .where('symbol', '=', product)
    .executeTakeFirst();
  if (row) return;
  throw notFound(HistoryReason.PRODUCT_UNKNOWN, `nothing is kept of a product "${product}"`, {
    product,
  });
}

/** @throws RpcError NOT_FOUND (PRODUCT_UNKNOWN, EXPIRY_NOT_LISTED) for a day on which no option that is kept expires. */
export async function assertExpiry(
  database: Kysely<DB>,
  product: string,
  expiry: string,
): Promise<void> {
  const row = await database
    .selectFrom('expiry_chain')
    .select('time_us')
    .where('product', '=', product)
    .where('expiry', '=', expiry)
    .limit(1)
    .executeTakeFirst();
  if (!row) throw await expiryNotListed(database, product, expiry);
}

/** The error for an expiry that a product has not. @throws RpcError NOT_FOUND (PRODUCT_UNKNOWN) where there is no product. */
export async function expiryNotListed(database: Kysely<DB>, product: string, expiry: string) {
  await assertProduct(database, product);
  return notFound(
    HistoryReason.EXPIRY_NOT_LISTED,
    `no option of ${product} that is kept expires on ${expiry}`,
    { product, expiry },
  );
}
