import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { InboxServiceDefinition, type WatchInboxResponse } from '@weft/proto/notification/v1/inbox';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { openNotification, type TestNotification } from '../testing/openNotification.ts';
import { outgoingMessage } from '../testing/outgoingMessage.ts';

const postgres = usePostgres();
let opened: TestNotification;
let userId: string;
beforeEach(async () => {
  opened = await openNotification(await postgres.createDatabase());
  userId = randomUUIDv7();
});
afterEach(() => opened[Symbol.asyncDispose]());

const service = () => opened.handlers(InboxServiceDefinition);

/** @returns the item's id. */
async function tell(text: string, id: string = randomUUIDv7()): Promise<string> {
  const inbox = opened.notifications.transports.get('IN_APP');
  const message = outgoingMessage({ id, recipient: userId, subject: text, text });
  await inbox?.send(message, AbortSignal.timeout(10_000));
  return id;
}

async function list(user = userId, unreadOnly = false) {
  const request = { pageSize: 2, pageToken: '', unreadOnly };
  const {
    items = [],
    unreadCount,
    nextPageToken,
  } = await service().listInbox(request, opened.context(user));
  return { texts: items.map(({ text }) => text), unreadCount, hasMore: nextPageToken !== '' };
}

test('a user sees his own list, newest first, and what he has not read', async () => {
  const ids = [await tell('one'), await tell('two'), await tell('three')];
  assert.deepEqual(await list(), { texts: ['three', 'two'], unreadCount: 3, hasMore: true });
  assert.deepEqual((await list(randomUUIDv7())).texts, [], 'nobody else does');
  const [, two = ''] = ids;
  const mark = (itemIds: string[], all = false, user = userId) =>
    service().markRead({ itemIds, all }, opened.context(user));
  assert.equal((await mark(ids, true, randomUUIDv7())).unreadCount, 0);
  assert.equal((await mark([two, randomUUIDv7()])).unreadCount, 2);
  assert.equal((await mark([two])).unreadCount, 2);
  assert.deepEqual((await list(userId, true)).texts, ['three', 'one']);
  assert.equal((await mark([], true)).unreadCount, 0);
});

test('what is put into it twice is there once', async () => {
  const id = await tell('once');
  await tell('once', id);
  assert.deepEqual(await list(), { texts: ['once'], unreadCount: 1, hasMore: false });
});

/** Reads a watch, until it has said enough. */
async function watch(
  after: number | undefined,
  isEnough: (seen: readonly WatchInboxResponse[]) => boolean,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<WatchInboxResponse[]> {
  const leave = new AbortController();
  const context = Object.assign(opened.context(userId), { signal: leave.signal });
  const seen: WatchInboxResponse[] = [];
  let going: Promise<unknown> | undefined;
  for await (const response of service().watchInbox({ after }, context)) {
    seen.push(response as WatchInboxResponse);
    going ??= meanwhile();
    if (isEnough(seen)) break;
  }
  await going;
  leave.abort();
  return seen;
}
const texts = (seen: readonly WatchInboxResponse[]) =>
  seen.flatMap(({ items }) =>
    items.map(({ text, readTime }) => (readTime ? `${text} read` : text)),
  );

test('who watches hears of each change, and of those that he has missed', async () => {
  await tell('before');
  const first = await watch(
    undefined,
    (seen) => texts(seen).includes('live read'),
    async () => {
      const id = await tell('live');
      await service().markRead({ itemIds: [id], all: false }, opened.context(userId));
    },
  );
  assert.deepEqual(first[0]?.items, [], 'only the present count comes first');
  assert.equal(first[0]?.unreadCount, 1);
  const revision = first[0]?.revision ?? 0;
  await tell('away');
  const second = await watch(revision, (seen) => seen.length === 1);
  assert.deepEqual(texts(second), ['live read', 'away']);
  assert.equal(second[0]?.unreadCount, 2);
  const all = await watch(0, (seen) => seen.length === 1);
  assert.deepEqual(texts(all), ['before', 'live read', 'away']);
});

test('of many changes at the same time none is missed and none comes twice', async () => {
  const count = 150;
  const seen = await watch(
    0,
    (responses) => texts(responses).length >= count,
    () => Promise.all(Array.from({ length: count }, (_, index) => tell(String(index)))),
  );
  assert.equal(new Set(texts(seen)).size, count);
  assert.equal(texts(seen).length, count);
  const revisions = seen.map(({ revision }) => revision);
  assert.deepEqual(
    revisions,
    revisions.toSorted((one, other) => one - other),
  );
});
