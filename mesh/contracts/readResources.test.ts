import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from './Contracts.ts';
import { contractsOf } from './testing/contractsOf.ts';

const resource = (name: string, type: string, fields = 'string id = 1;', nameField = 'id') =>
  `message ${name} { option (google.api.resource) = {type: "${type}" name_field: "${nameField}"}; ${fields} }`;

test('a resource says who keeps it, what names it, whose it is and how many are read at once', () => {
  const { resources } = Contracts.load();
  const book = resources.get('testing.v1.Book');
  assert.equal(book?.service, 'testing-shelf');
  assert.equal(book.id.name, 'book_id');
  assert.deepEqual([book.owner?.field.name, book.owner?.kind], ['owner_id', 'user']);
  assert.deepEqual(book.owner?.roles, ['librarian']);
  assert.equal(book.batchGet?.path, '/testing.v1.ShelfService/BatchGetBooks');
});

test('a field that holds the id of a resource leads to it', () => {
  const { references } = Contracts.load();
  const [sequel] = [...references].filter(([{ parent }]) => parent.typeName === 'testing.v1.Book');
  assert.equal(sequel?.[0].name, 'sequel_id');
  assert.equal(sequel?.[1].type, 'testing-shelf/Book');
});

test('a resource that nobody could link to or that is nobody’s is refused by name', () => {
  const owner = 'string id = 1; string own = 2 [(weft.policy.v1.owner) = {kind: ';
  for (const [messages, expected] of [
    [resource('A', 'Order'), /one\.v1\.A: type "Order" is none/],
    [resource('A', 'order/order'), /one\.v1\.A: type "order\/order" is none/],
    [resource('A', 'order/Order', 'int64 id = 1;'), /one\.v1\.A has no string field "id"/],
    [resource('A', 'order/Order', 'string id = 1;', 'no'), /has no string field "no"/],
    [
      resource('A', 'order/Order') + resource('B', 'order/Order'),
      /one\.v1\.B: type "order\/Order" is that of one\.v1\.A/,
    ],
    [resource('A', 'order/Order', `${owner} OWNER_KIND_UNSPECIFIED}];`), /A\.own: owner has no/],
    [
      resource(
        'A',
        'order/Order',
        `${owner} OWNER_KIND_USER}];`.replace('string own', 'int64 own'),
      ),
      /A\.own: owner is for strings/,
    ],
    [
      'message A { string other = 1 [(google.api.resource_reference).type = "no/No"]; }',
      /one\.v1\.A\.other: there is no resource "no\/No"/,
    ],
  ] as const) {
    assert.throws(() => contractsOf(messages).references, expected);
  }
});
