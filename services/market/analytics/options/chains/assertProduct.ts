import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { DB } from '../../database.ts';

/** @throws RpcError NOT_FOUND, reason PRODUCT_UNKNOWN, for a product without a chain. */
export async function assertProduct(database: Kysely<DB>, product: string): Promise<void> {
  const row = await database
    .selectFrom('option_chain')
    .select('product')
    .where('product', '=', product)
    .executeTakeFirst();
  if (!row) throw productUnknown(product);
}

export function productUnknown(product: string): RpcError {
  return new RpcError(Status.NOT_FOUND, `there is no chain of a product "${product}"`, {
    details: [errorInfo('PRODUCT_UNKNOWN', { product })],
  });
}
