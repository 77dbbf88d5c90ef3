import type { CategoryNode } from '@weft/proto/category/v1/category';
import { type Kysely, type Selectable, sql } from 'kysely';
import { categoryOf } from '../categoryOf.ts';
import type { DB } from '../database.ts';

type Row = Selectable<DB['category']> & { readonly child_count: number };

/**
 * The tree as one moment has it.
 *
 * @param rootId Undefined: all of it.
 * @param maxDepth Levels below the root, or of the whole tree.
 * @returns the root, or all roots in order; nothing where there is no such root.
 */
export async function readTree(
  database: Kysely<DB>,
  rootId: string | undefined,
  maxDepth: number,
): Promise<CategoryNode[]> {
  const isRoot = rootId === undefined ? sql`parent_id is null` : sql`id = ${rootId}`;
  const first = rootId === undefined ? 1 : 0;
  const { rows } = await sql<Row>`
    with recursive tree as (
      select category.*, ${first}::integer as depth from category where ${isRoot}
      union all
      select category.*, depth + 1 from category join tree on category.parent_id = tree.id
      where depth < ${maxDepth}
    )
    select tree.*, (select count(*) from category below where below.parent_id = tree.id)::integer as child_count
    from tree order by depth, position`.execute(database);
  const nodes = new Map<string, CategoryNode>();
  const roots: CategoryNode[] = [];
  for (const row of rows) {
    const node = { category: categoryOf(row), children: [], childCount: row.child_count };
    nodes.set(row.id, node);
    const parent = nodes.get(row.parent_id ?? '');
    (parent?.children ?? roots).push(node);
  }
  return roots;
}
