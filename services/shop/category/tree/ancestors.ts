import { type Kysely, type Selectable, sql } from 'kysely';
import type { DB } from '../database.ts';

/** The way to a category, from its root on to its parent; nothing for a root. */
export async function ancestorsOf(
  database: Kysely<DB>,
  id: string,
): Promise<Selectable<DB['category']>[]> {
  const { rows } = await sql<Selectable<DB['category']>>`
    with recursive way as (
      select parent_id, 0 as height from category where id = ${id}
      union all
      select category.parent_id, height + 1 from category join way on category.id = way.parent_id
    )
    select category.* from way join category on category.id = way.parent_id order by height desc`.execute(
    database,
  );
  return rows;
}
