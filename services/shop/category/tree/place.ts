import { type Selectable, sql, type Transaction } from 'kysely';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { CategoryReason } from '../CategoryReason.ts';
import type { DB } from '../database.ts';
import { ancestorsOf } from './ancestors.ts';

/** Levels of the tree, at most. */
export const MOST_LEVELS = 16;

type Row = Selectable<DB['category']>;

/** Where a category is to stand. */
export interface Place {
  /** Null: it is a root. */
  readonly parentId: string | null;
  /** Among those of the parent, from 0; undefined, or beyond them: behind all. */
  readonly position?: number | undefined;
  /** Of the category, which is not one of the others. Default: it is not there yet. */
  readonly id?: string;
}

/**
 * Refuses a parent that there is not, that would make a ring, and that is too deep down. The tree has to be locked.
 *
 * @param levels Of what is to stand there: 1 for a category with nothing below it.
 * @param id Of it; undefined: it is new.
 * @throws RpcError FAILED_PRECONDITION: PARENT_NOT_FOUND, CATEGORY_CYCLE, CATEGORY_TOO_DEEP.
 */
export async function assertParent(
  transaction: Transaction<DB>,
  parentId: string | null,
  levels: number,
  id?: string,
): Promise<void> {
  if (parentId === null) return;
  const parent = await transaction
    .selectFrom('category')
    .select('id')
    .where('id', '=', parentId)
    .executeTakeFirst();
  if (!parent) {
    throw failedPrecondition(CategoryReason.PARENT_NOT_FOUND, 'there is no such parent', {
      parent_id: parentId,
    });
  }
  const above = await ancestorsOf(transaction, parentId);
  if (parentId === id || above.some((each) => each.id === id)) {
    throw failedPrecondition(CategoryReason.CATEGORY_CYCLE, 'the parent is it, or lies below it', {
      parent_id: parentId,
    });
  }
  if (above.length + 1 + levels > MOST_LEVELS) {
    throw failedPrecondition(
      CategoryReason.CATEGORY_TOO_DEEP,
      `the tree would have more than ${MOST_LEVELS} levels`,
    );
  }
}

/** Makes room among those of a parent. The tree has to be locked. @returns the position that is free now. */
export async function openPosition(
  transaction: Transaction<DB>,
  { parentId, position, id }: Place,
): Promise<number> {
  const siblings = await transaction
    .selectFrom('category')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('parent_id', 'is not distinct from', parentId)
    .where('id', 'is distinct from', id ?? null)
    .executeTakeFirstOrThrow();
  const free = Math.min(position ?? siblings.count, siblings.count);
  await shift(transaction, parentId, free, 1);
  return free;
}

/** Closes the gap that a category leaves among those of its parent. The tree has to be locked. */
export async function closePosition(
  transaction: Transaction<DB>,
  { parent_id, position }: Pick<Row, 'parent_id' | 'position'>,
): Promise<void> {
  await shift(transaction, parent_id, position + 1, -1);
}

/** Levels of a category with all below it. */
export async function levelsOf(transaction: Transaction<DB>, id: string): Promise<number> {
  const { rows } = await sql<{ levels: number }>`
    with recursive tree as (
      select id, 1 as level from category where id = ${id}
      union all
      select category.id, level + 1 from category join tree on category.parent_id = tree.id
    )
    select max(level) as levels from tree`.execute(transaction);
  return rows[0]?.levels ?? 1;
}

async function shift(
  transaction: Transaction<DB>,
  parentId: string | null,
  from: number,
  by: number,
): Promise<void> {
  await transaction
    .updateTable('category')
    .set(({ eb }) => ({ position: eb('position', '+', by) }))
    .where('parent_id', 'is not distinct from', parentId)
    .where('position', '>=', from)
    .execute();
}
