import type { CallContext } from '@weft/mesh/runtime';
import type { Transaction } from 'kysely';

const transactions = new WeakMap<object, Transaction<unknown>>();

/**
 * The transaction that a call of a method with an idempotency key is handled in: what the handler writes through it is
 * committed with the answer that is kept for the key, or not at all. It may be run again, when others have undone it.
 *
 * @throws Error for a method whose contract has no `idempotency_key`.
 */
export function transactionOf<DB>(context: CallContext): Transaction<DB> {
  const transaction = transactions.get(context);
  if (!transaction) throw new Error(`${context.method} has no idempotency_key in its contract`);
  return transaction as unknown as Transaction<DB>;
}

/** Gives a call its transaction. */
export function handleIn<DB>(context: CallContext, transaction: Transaction<DB>): void {
  transactions.set(context, transaction as unknown as Transaction<unknown>);
}
