import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { errorReason, RpcError, Status } from '@weft/mesh/runtime';
import { Binding, Book } from '@weft/proto/testing/v1/shelf';
import { batchGet } from './batchGet.ts';
import { assertEtag, etagOf } from './etag.ts';
import { Resource } from './Resource.ts';

const books = new Resource(Book, Contracts.load());
const bookId = randomUUIDv7();
const now = { seconds: 1, nanos: 0 };

/** All that a book has. */
const book = (more: Partial<Book> = {}): Book =>
  Book.create({
    ...{ bookId, title: 'Dune', ownerId: 'ann', tags: ['a', 'b'], labels: { x: 'y' }, edition: 2 },
    price: { currencyCode: 'EUR', minorUnits: 999 },
    binding: { material: 'cloth', widthMm: 30 },
    place: { $case: 'shelf', value: 'S1' },
    ...{ createTime: now, etag: '"1"' },
    ...more,
  });

const refused = (reason: string, field: string) => (error: unknown) =>
  error instanceof RpcError &&
  error.code === Status.INVALID_ARGUMENT &&
  errorReason(error) === reason &&
  error.message.startsWith(`${field}:`);

test('a mask changes what it names and nothing else', () => {
  const given = book({ title: 'Emma', tags: ['c'], ...{ price: undefined, labels: {} } });
  assert.deepEqual(books.update(book(), given, ['title']), book({ title: 'Emma' }));
  assert.deepEqual(books.update(book(), given, ['tags', 'price', 'labels']), {
    ...book({ tags: ['c'], labels: {} }),
    price: undefined,
  });
});

test('a mask reaches into a message, also one that is not there yet', () => {
  const given = Book.create({ binding: { widthMm: 5 }, price: { minorUnits: 1 } });
  const changed = books.update(book(), given, ['binding.width_mm', 'price.minor_units']);
  assert.deepEqual(changed.binding, { material: 'cloth', widthMm: 5 });
  assert.deepEqual(changed.price, { currencyCode: 'EUR', minorUnits: 1 });
  const bare = { ...book(), binding: undefined };
  assert.deepEqual(books.update(bare, given, ['binding.width_mm']).binding, {
    ...Binding.create({}),
    widthMm: 5,
  });
  assert.equal(
    books.update(bare, book({ binding: undefined }), ['binding.material']).binding,
    undefined,
  );
});

test('a mask names a choice, which ends the other one', () => {
  const boxed = Book.create({ place: { $case: 'box', value: 7 } });
  assert.deepEqual(books.update(book(), boxed, ['box']).place, { $case: 'box', value: 7 });
  assert.equal(books.update(book(), boxed, ['shelf']).place, undefined);
  const elsewhere = book({ place: { $case: 'box', value: 1 } });
  assert.deepEqual(books.update(elsewhere, Book.create({}), ['shelf']).place, elsewhere.place);
});

test('without a mask what is given counts, and * replaces all that can be set', () => {
  const given = Book.create({ title: 'Emma', edition: 0, createTime: { seconds: 9 } });
  const changed = book({ title: 'Emma', edition: 0 });
  assert.deepEqual(books.update(book(), given, undefined), changed);
  assert.deepEqual(books.update(book(), given, []), changed);
  const empty = Book.create({ bookId, ownerId: 'ann', createTime: now, etag: '"1"' });
  assert.deepEqual(books.update(book(), given, ['*']), { ...empty, title: 'Emma', edition: 0 });
});

test('a field that there is not is refused by name', () => {
  for (const path of [
    'pages',
    'titel',
    'Title',
    'price.cents',
    'tags.0',
    'title.x',
    'labels.x',
    '',
    '.',
  ]) {
    assert.throws(
      () => books.update(book(), book(), [path]),
      refused('FIELD_UNKNOWN', 'update_mask'),
    );
  }
  const both = () => books.update(book(), book(), ['*', 'title']);
  assert.throws(both, refused('FIELD_UNKNOWN', 'update_mask'));
});

test('what only the service sets stays, whatever a caller says', () => {
  const given = book({ createTime: { seconds: 9, nanos: 9 }, etag: 'x', bookId: randomUUIDv7() });
  for (const mask of [['*'], undefined, ['create_time', 'etag', 'book_id']]) {
    assert.deepEqual(books.update(book(), given, mask), book());
  }
  const created = books.create(given);
  assert.deepEqual([created.createTime, created.etag], [undefined, '']);
});

test('a field that does not change any more is refused with another value', () => {
  const stolen = book({ ownerId: 'bob' });
  for (const mask of [['*'], undefined, ['owner_id']]) {
    const steal = () => books.update(book(), stolen, mask);
    assert.throws(steal, refused('FIELD_IMMUTABLE', 'book.owner_id'));
    assert.deepEqual(books.update(book(), book(), mask), book());
  }
  assert.deepEqual(books.update(book(), book({ ownerId: '' }), ['*']), book());
});

test('a field that may not be empty is refused by name', () => {
  const untitled = book({ title: '' });
  assert.throws(() => books.create(untitled), refused('FIELD_REQUIRED', 'book.title'));
  for (const mask of [['*'], ['title']]) {
    const empty = () => books.update(book(), untitled, mask);
    assert.throws(empty, refused('FIELD_REQUIRED', 'book.title'));
  }
  assert.throws(() => books.create(undefined), refused('FIELD_REQUIRED', 'book'));
});

test('who changes what he has not seen as it is now is told to read it again', () => {
  const etag = etagOf(bookId, 2);
  assert.match(etag, /^"[A-Za-z0-9_-]{16}"$/);
  assertEtag(etag, etag);
  assertEtag('', etag);
  for (const stale of [
    etagOf(bookId, 1),
    etagOf(randomUUIDv7(), 2),
    etag.replaceAll('"', ''),
    '*',
  ]) {
    assert.throws(
      () => assertEtag(stale, etag),
      (error) =>
        (error as RpcError).code === Status.ABORTED && errorReason(error) === 'ETAG_MISMATCH',
      stale,
    );
  }
});

test('many are read at once: in the order that was asked for, and what is missing by name', async () => {
  const [one, two, gone] = ['1', '2', '3'];
  const asked: string[][] = [];
  const read = async (ids: string[]) => {
    asked.push(ids);
    return [{ id: one }, { id: two }];
  };
  const { found, missing } = await batchGet([two, gone, one, two, gone], read, ({ id }) => id);
  assert.deepEqual(
    found.map(({ id }) => id),
    [two, one, two],
  );
  assert.deepEqual(missing, [gone]);
  assert.deepEqual(asked, [[two, gone, one]]);
});
