import type { Kysely, Selectable } from 'kysely';
import type { DB, OptionDay } from '../../database.ts';
import type { DayRange } from './dayRange.ts';

/** So many days of a product in a range, in order. @param after The day before the first one; undefined: from the start of the range. */
export function readDays(
  database: Kysely<DB>,
  product: string,
  { from, until }: DayRange,
  after: string | undefined,
  limit: number,
): Promise<Selectable<OptionDay>[]> {
  return database
    .selectFrom('option_day')
    .selectAll()
    .where('product', '=', product)
    .where('day', '>=', from)
    .where('day', '<', until)
    .$if(after !== undefined, (query) => query.where('day', '>', after as string))
    .orderBy('day')
    .limit(limit)
    .execute();
}
