import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { errorReason, type RpcError, Status } from '@weft/mesh/runtime';
import { Book } from '@weft/proto/testing/v1/shelf';
import { type Actor, assertOwner } from './ownership.ts';
import { Resource } from './Resource.ts';

const books = new Resource(Book, Contracts.load());
const book = Book.create({ ownerId: 'ann' });

const peer = (service: string) => ({ service }) as Actor['peer'];
const principal = (changes: Partial<NonNullable<Actor['principal']>> = {}) => ({
  ...{ subject: 'ann', kind: 'user' as const, roles: [], scopes: [], session: 's' },
  ...changes,
});
const user = (changes = {}): Actor => ({ peer: peer('gateway'), principal: principal(changes) });

const fails = (code: Status, reason?: string) => (error: unknown) =>
  (error as RpcError).code === code && errorReason(error) === reason;

test('nobody but its owner sees a resource, whatever way he comes', () => {
  books.assertOwner(book, user());
  books.assertOwner(book, user({ kind: 'api_key' }));
  books.assertOwner(book, { peer: peer('order'), principal: principal() });
  const strangers = [
    user({ subject: 'bob' }),
    user({ subject: 'bob', kind: 'api_key' }),
    user({ subject: 'Ann' }),
    user({ subject: '' }),
    user({ subject: 'bob', organization: 'ann' }),
    user({ subject: 'bob', roles: ['reader'], scopes: ['librarian'] }),
    { peer: peer('order'), principal: principal({ subject: 'bob' }) },
  ];
  for (const actor of strangers) {
    const look = () => books.assertOwner(book, actor);
    assert.throws(look, fails(Status.PERMISSION_DENIED, 'NOT_OWNER'), JSON.stringify(actor));
  }
  const nobodys = () => books.assertOwner(Book.create({}), user());
  assert.throws(nobodys, fails(Status.PERMISSION_DENIED, 'NOT_OWNER'));
});

test('a role of the contract, and a service for itself, see those of all', () => {
  const librarian = user({ subject: 'eve', roles: ['librarian'] });
  const method = '/testing.v1.ShelfService/GetBook';
  const service: Actor = { peer: peer('order'), principal: undefined, method };
  for (const actor of [librarian, service]) {
    books.assertOwner(book, actor);
    assert.equal(books.ownerIdOf(actor), undefined);
  }
  assert.equal(books.ownerIdOf(user()), 'ann');
});

test('who has not said who he is sees nothing', () => {
  const method = '/testing.v1.ShelfService/GetBook';
  for (const who of [peer('gateway'), undefined, peer('')]) {
    const look = () => books.assertOwner(book, { peer: who, principal: undefined, method });
    assert.throws(look, fails(Status.UNAUTHENTICATED));
  }
  // A method that lets no service act for itself, such as one that anybody may call by way of another.
  const open = { peer: peer('graphql'), principal: undefined };
  for (const called of ['/market.v1.AnalyticsService/ListAssets', '/no.Such/Method', undefined]) {
    const actor = called === undefined ? open : { ...open, method: called };
    assert.throws(() => books.assertOwner(book, actor), fails(Status.UNAUTHENTICATED), called);
  }
});

test('what an organisation owns is for those in whose session it is active', () => {
  const { owner, ...contract } = books.contract;
  assert.ok(owner);
  const owned = { ...contract, owner: { ...owner, kind: 'organization' as const } };
  assertOwner(owned, { ownerId: 'shop' }, user({ organization: 'shop' }), false);
  for (const actor of [user(), user({ organization: 'other' }), user({ subject: 'shop' })]) {
    const look = () => assertOwner(owned, { ownerId: 'shop' }, actor, false);
    assert.throws(look, fails(Status.PERMISSION_DENIED, 'NOT_OWNER'));
  }
  assert.throws(
    () => assertOwner({ ...contract, owner: undefined }, {}, user(), false),
    /has no owner/,
  );
});
