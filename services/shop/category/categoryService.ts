import { randomUUIDv7 } from 'node:crypto';
import { errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import { Category, type CategoryServiceDefinition } from '@weft/proto/category/v1/category';
import { CategoryChanged, CategoryDeleted } from '@weft/proto/category/v1/event';
import type { Kysely, Selectable } from 'kysely';
import { readPageById } from '../../kit/database/readPageById.ts';
import { transact } from '../../kit/database/transact.ts';
import type { KitContext } from '../../kit/defineService.ts';
import { failedPrecondition } from '../../kit/failedPrecondition.ts';
import { transactionOf } from '../../kit/idempotency/transactionOf.ts';
import { invalidArgument } from '../../kit/invalidArgument.ts';
import { Reason } from '../../kit/Reason.ts';
import { batchGet } from '../../kit/resource/batchGet.ts';
import { assertEtag } from '../../kit/resource/etag.ts';
import { Resource } from '../../kit/resource/Resource.ts';
import { CategoryReason } from './CategoryReason.ts';
import { categoryOf, changeOf } from './categoryOf.ts';
import type { DB } from './database.ts';
import { slugOf } from './slugOf.ts';
import { ancestorsOf } from './tree/ancestors.ts';
import { lockTree } from './tree/lockTree.ts';
import { assertParent, closePosition, levelsOf, MOST_LEVELS, openPosition } from './tree/place.ts';
import { readTree } from './tree/readTree.ts';

/** So many that a tree fits into one answer. */
const MOST_CATEGORIES = 10_000;

type Row = Selectable<DB['category']>;

/** The methods of category.v1.CategoryService. */
export function categoryService({
  database,
  contracts,
  events,
}: Pick<KitContext<unknown, DB>, 'database' | 'contracts' | 'events'>): HandlersOf<
  typeof CategoryServiceDefinition
> {
  const resource = new Resource(Category, contracts);

  const find = async (from: Kysely<DB>, by: 'id' | 'slug', value: string): Promise<Row> => {
    const row = await from
      .selectFrom('category')
      .selectAll()
      .where(by, '=', value)
      .executeTakeFirst();
    if (!row) throw resource.notFound(value);
    return row;
  };
  const withWay = async (row: Row) => ({
    category: categoryOf(row),
    ancestors: (await ancestorsOf(database, row.id)).map(categoryOf),
  });

  return {
    async createCategory({ category }, context) {
      const { name, slug: given, parentId = null, imageUri } = resource.create(category);
      const slug = given || slugOf(name);
      if (slug === '') {
        throw invalidArgument('category.slug', 'cannot be made of the name', Reason.FIELD_REQUIRED);
      }
      const transaction = transactionOf<DB>(context);
      await lockTree(transaction);
      await assertRoom(transaction);
      await assertParent(transaction, parentId, 1);
      const values = { id: randomUUIDv7(), name, slug, parent_id: parentId, image_uri: imageUri };
      const position = await openPosition(transaction, { parentId });
      const row = await transaction
        .insertInto('category')
        .values({ ...values, position })
        .onConflict((conflict) => conflict.column('slug').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (!row) throw slugTaken(slug);
      await events.add(transaction, CategoryChanged, changeOf(row));
      return { category: categoryOf(row) };
    },

    async getCategory({ categoryId }) {
      return withWay(await find(database, 'id', categoryId));
    },

    async lookUpCategory({ slug }) {
      return withWay(await find(database, 'slug', slug));
    },

    async getCategoryTree({ rootId, maxDepth }) {
      const nodes = await readTree(database, rootId, maxDepth || MOST_LEVELS);
      if (rootId !== undefined && nodes.length === 0) throw resource.notFound(rootId);
      return { nodes };
    },

    async listCategories(request) {
      const query = database.selectFrom('category').selectAll();
      const { rows, nextPageToken } = await readPageById(request, ['categories'], query, 'asc');
      return { categories: rows.map(categoryOf), nextPageToken };
    },

    async updateCategory({ category, updateMask }) {
      const row = await transact(database, async (transaction) => {
        await lockTree(transaction);
        const before = await find(transaction, 'id', category?.categoryId ?? '');
        const current = categoryOf(before);
        assertEtag(category?.etag ?? '', current.etag);
        const { name, slug, imageUri } = resource.update(current, category, updateMask);
        if (slug === '') throw invalidArgument('category.slug', 'is empty', Reason.FIELD_REQUIRED);
        const taken = await transaction
          .selectFrom('category')
          .select('id')
          .where('slug', '=', slug)
          .where('id', '<>', before.id)
          .executeTakeFirst();
        if (taken) throw slugTaken(slug);
        const changed = await transaction
          .updateTable('category')
          .set({ name, slug, image_uri: imageUri, version: before.version + 1 })
          .where('id', '=', before.id)
          .returningAll()
          .executeTakeFirstOrThrow();
        await events.add(transaction, CategoryChanged, changeOf(changed));
        return changed;
      });
      return { category: categoryOf(row) };
    },

    async moveCategory({ categoryId, parentId = null, position, etag }) {
      const row = await transact(database, async (transaction) => {
        await lockTree(transaction);
        const before = await find(transaction, 'id', categoryId);
        assertEtag(etag, categoryOf(before).etag);
        await assertParent(
          transaction,
          parentId,
          await levelsOf(transaction, categoryId),
          categoryId,
        );
        await closePosition(transaction, before);
        const free = await openPosition(transaction, { parentId, position, id: categoryId });
        const moved = await transaction
          .updateTable('category')
          .set({ parent_id: parentId, position: free, version: before.version + 1 })
          .where('id', '=', categoryId)
          .returningAll()
          .executeTakeFirstOrThrow();
        await events.add(transaction, CategoryChanged, changeOf(moved));
        return moved;
      });
      return { category: categoryOf(row) };
    },

    async deleteCategory({ categoryId }) {
      await transact(database, async (transaction) => {
        await lockTree(transaction);
        const row = await find(transaction, 'id', categoryId);
        const child = await transaction
          .selectFrom('category')
          .select('id')
          .where('parent_id', '=', categoryId)
          .executeTakeFirst();
        if (child) {
          throw failedPrecondition(CategoryReason.CATEGORY_HAS_CHILDREN, 'others lie below it');
        }
        await transaction.deleteFrom('category').where('id', '=', categoryId).execute();
        await closePosition(transaction, row);
        const version = row.version + 1;
        await events.add(transaction, CategoryDeleted, { categoryId, version });
      });
      return {};
    },

    async batchGetCategories({ categoryIds }) {
      const read = (ids: string[]) =>
        database.selectFrom('category').selectAll().where('id', 'in', ids).execute();
      const { found, missing } = await batchGet(categoryIds, read, ({ id }) => id);
      return { categories: found.map(categoryOf), missingCategoryIds: missing };
    },
  };
}

async function assertRoom(transaction: Kysely<DB>): Promise<void> {
  const { count } = await transaction
    .selectFrom('category')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count < MOST_CATEGORIES) return;
  throw new RpcError(
    Status.RESOURCE_EXHAUSTED,
    `there are ${count} categories, as many as may be`,
    {
      details: [errorInfo(CategoryReason.TOO_MANY_CATEGORIES)],
    },
  );
}

function slugTaken(slug: string): RpcError {
  return new RpcError(Status.ALREADY_EXISTS, `another category has the slug "${slug}"`, {
    details: [errorInfo(CategoryReason.SLUG_TAKEN, { slug })],
  });
}
