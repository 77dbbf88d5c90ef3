import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { errorReason, type RpcError, type ServiceClient, Status } from '@weft/mesh/runtime';
import {
  Category,
  type CategoryNode,
  CategoryServiceDefinition,
} from '@weft/proto/category/v1/category';
import { CategoryChanged, CategoryDeleted } from '@weft/proto/category/v1/event';
import { type OpenService, openService } from '../../kit/testing/openService.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import service from './service.ts';

const postgres = usePostgres();
let opened: OpenService;
let client: ServiceClient<typeof CategoryServiceDefinition>;
let databaseUrl: string;
beforeEach(async () => {
  databaseUrl = await postgres.createDatabase();
  opened = await openService(service, { service: 'category', databaseUrl });
  client = opened.client(CategoryServiceDefinition);
});
afterEach(() => opened?.[Symbol.asyncDispose]());

const fails = (code: Status, reason?: string) => (error: RpcError) =>
  error.code === code && (reason === undefined || errorReason(error) === reason);

async function create(name: string, parent?: Category, more: Partial<Category> = {}) {
  const category = Category.create({ name, parentId: parent?.categoryId, ...more });
  const created = await client.createCategory({ category });
  assert.ok(created.category);
  return created.category;
}

const move = (one: Category, parent: Category | undefined, position?: number, etag = '') =>
  client.moveCategory({ categoryId: one.categoryId, parentId: parent?.categoryId, position, etag });

/** The tree as text: names, those below in brackets. */
async function tree(root?: Category, maxDepth = 0): Promise<string> {
  const { nodes } = await client.getCategoryTree({ rootId: root?.categoryId, maxDepth });
  const text = (list: readonly CategoryNode[]): string =>
    list
      .map(({ category, children }) => {
        return `${category?.name}${children.length > 0 ? `(${text(children)})` : ''}`;
      })
      .join(' ');
  return text(nodes);
}

test('the tree is shown whole, below one category, and as deep as is asked, each level in its order', async () => {
  const books = await create('Books');
  const fiction = await create('Fiction', books);
  const crime = await create('Crime', fiction);
  await create('Science', books);
  await create('Games');
  assert.equal(await tree(), 'Books(Fiction(Crime) Science) Games');
  assert.equal(await tree(books, 1), 'Books(Fiction Science)');
  assert.equal(await tree(undefined, 1), 'Books Games');
  const { nodes } = await client.getCategoryTree({ rootId: fiction.categoryId, maxDepth: 0 });
  assert.equal(nodes[0]?.childCount, 1);
  const { category, ancestors } = await client.getCategory({ categoryId: crime.categoryId });
  assert.deepEqual([category, ancestors], [crime, [books, fiction]]);
  assert.deepEqual((await client.lookUpCategory({ slug: 'crime' })).ancestors, [books, fiction]);
  const nowhere = { rootId: randomUUIDv7(), maxDepth: 0 };
  await assert.rejects(client.getCategoryTree(nowhere), fails(Status.NOT_FOUND));
});

test('what is moved takes all below it along, and stands where it was asked to', async () => {
  const [a, b, c] = [await create('a'), await create('b'), await create('c')];
  const below = await create('below', a);
  await create('deep', below);
  await move(c, undefined, 0);
  assert.equal(await tree(), 'c a(below(deep)) b');
  await move(a, b);
  assert.equal(await tree(), 'c b(a(below(deep)))');
  await move(below, undefined, 1);
  assert.equal(await tree(), 'c below(deep) b(a)');
  // Where it is counts as gone: the others are counted.
  await move(c, undefined, 99);
  assert.equal(await tree(), 'below(deep) b(a) c');
  const { category } = await client.getCategory({ categoryId: c.categoryId });
  assert.equal(category?.position, 2);
  await assert.rejects(move(c, b, 0, c.etag), fails(Status.ABORTED, 'ETAG_MISMATCH'));
});

test('no move makes a ring, also when two that would make one together race', async () => {
  const a = await create('a');
  const below = await create('below', a);
  await assert.rejects(move(a, a), fails(Status.FAILED_PRECONDITION, 'CATEGORY_CYCLE'));
  await assert.rejects(move(a, below), fails(Status.FAILED_PRECONDITION, 'CATEGORY_CYCLE'));
  for (let round = 0; round < 10; round += 1) {
    const [one, two] = [await create(`one ${round}`), await create(`two ${round}`)];
    const moves = await Promise.allSettled([move(one, two), move(two, one)]);
    const refusals = moves.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    assert.equal(refusals.length, 1);
    assert.ok(fails(Status.FAILED_PRECONDITION, 'CATEGORY_CYCLE')(refusals[0]));
    assert.match(await tree(), new RegExp(`one ${round}\\(two ${round}\\)|two ${round}\\(one`));
  }
});

test('many who make and move at once leave each parent with positions from 0 on, without a gap', async () => {
  const parents = [await create('left'), await create('right')];
  const made = await Promise.all(
    Array.from({ length: 12 }, (_, at) => create(`child ${at}`, parents[at % 2])),
  );
  await Promise.all(made.map((each, at) => move(each, parents[(at >> 1) % 2], at % 3)));
  await Promise.all(
    made.slice(0, 4).map(({ categoryId }) => client.deleteCategory({ categoryId })),
  );
  const { nodes } = await client.getCategoryTree({ rootId: undefined, maxDepth: 0 });
  assert.deepEqual(nodes.map(({ childCount }) => childCount).toSorted(), [4, 4]);
  for (const { children } of nodes) {
    assert.deepEqual(
      children.map(({ category }) => category?.position),
      [0, 1, 2, 3],
    );
  }
});

test('a slug is made of the name, and nobody else has it', async () => {
  assert.equal((await create('Bücher & Hörspiele, 2')).slug, 'bucher-horspiele-2');
  const taken = fails(Status.ALREADY_EXISTS, 'SLUG_TAKEN');
  await assert.rejects(create('bucher horspiele 2'), taken);
  const games = await create('Games');
  const update = (category: Partial<Category>, updateMask: string[]) =>
    client.updateCategory({ category: { ...games, ...category }, updateMask });
  await assert.rejects(update({ slug: 'bucher-horspiele-2' }, ['slug']), taken);
  const { category } = await update({ name: 'Toys', slug: 'toys' }, ['name', 'slug']);
  assert.equal(category?.slug, 'toys');
  await assert.rejects(update({ name: 'More' }, ['name']), fails(Status.ABORTED, 'ETAG_MISMATCH'));
  const parent = update({ parentId: randomUUIDv7(), etag: '' }, ['parent_id']);
  await assert.rejects(parent, fails(Status.INVALID_ARGUMENT, 'FIELD_IMMUTABLE'));
  await assert.rejects(create('書籍'), fails(Status.INVALID_ARGUMENT, 'FIELD_REQUIRED'));
  assert.equal((await create('書籍', undefined, { slug: 'shoseki' })).name, '書籍');
});

test('what does not fit the tree is refused, and nothing is changed', async () => {
  const nowhere = Category.create({ categoryId: randomUUIDv7() });
  const unknown = fails(Status.FAILED_PRECONDITION, 'PARENT_NOT_FOUND');
  await assert.rejects(create('x', nowhere), unknown);
  await assert.rejects(create('', undefined), fails(Status.INVALID_ARGUMENT, 'FIELD_REQUIRED'));
  for (const slug of ['Upper', '-a', 'a--b', 'a b', 'ü']) {
    await assert.rejects(create('x', undefined, { slug }), fails(Status.INVALID_ARGUMENT));
  }
  for (const imageUri of ['http://plain.example/a.png', 'javascript:alert(1)', 'a.png']) {
    await assert.rejects(create('x', undefined, { imageUri }), fails(Status.INVALID_ARGUMENT));
  }
  let deepest = await create('level 1');
  const parent = deepest;
  for (let level = 2; level <= 16; level += 1) deepest = await create(`level ${level}`, deepest);
  const tooDeep = fails(Status.FAILED_PRECONDITION, 'CATEGORY_TOO_DEEP');
  await assert.rejects(create('level 17', deepest), tooDeep);
  const other = await create('other');
  await assert.rejects(move(parent, other), tooDeep);
  await assert.rejects(move(other, nowhere), unknown);
  const notEmpty = client.deleteCategory({ categoryId: parent.categoryId });
  await assert.rejects(notEmpty, fails(Status.FAILED_PRECONDITION, 'CATEGORY_HAS_CHILDREN'));
  await client.deleteCategory({ categoryId: deepest.categoryId });
  const gone = client.getCategory({ categoryId: deepest.categoryId });
  await assert.rejects(gone, fails(Status.NOT_FOUND));
  const { nodes } = await client.getCategoryTree({ rootId: undefined, maxDepth: 1 });
  assert.deepEqual(
    nodes.map(({ category }) => category?.name),
    ['level 1', 'other'],
  );
});

test('each change is told with its version, and one that is refused is not', async () => {
  const books = await create('Books');
  const games = await create('Games');
  await move(games, books);
  await assert.rejects(move(books, games));
  await client.deleteCategory({ categoryId: games.categoryId });
  const outbox = await query(databaseUrl, 'select type, payload from weft.outbox order by id');
  const told = outbox.map(({ type, payload }) => {
    const event = type === CategoryChanged.$type ? CategoryChanged : CategoryDeleted;
    return event.decode(payload as Buffer);
  });
  const shown = ({ categoryId, name, slug }: Category) => ({ categoryId, name, slug });
  assert.deepEqual(told, [
    { ...shown(books), version: 1, parentId: undefined },
    { ...shown(games), version: 1, parentId: undefined },
    { ...shown(games), version: 2, parentId: books.categoryId },
    { categoryId: games.categoryId, version: 3 },
  ]);
});

test('other services read all pages, and many at once', async () => {
  const made = [await create('one'), await create('two'), await create('three')];
  const first = await client.listCategories({ pageSize: 2, pageToken: '' });
  const rest = await client.listCategories({ pageSize: 2, pageToken: first.nextPageToken });
  assert.deepEqual([...first.categories, ...rest.categories], made);
  const [one, two] = made.map(({ categoryId }) => categoryId);
  const missing = randomUUIDv7();
  assert.deepEqual(
    await client.batchGetCategories({ categoryIds: [two, missing, one] as string[] }),
    {
      categories: [made[1], made[0]],
      missingCategoryIds: [missing],
    },
  );
});
