import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { followPage } from './support/followPage.ts';
import { Outsider } from './support/Outsider.ts';
import { serverSentEvents } from './support/rest.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['notification'] });
});
after(() => mesh?.stop());

test('who follows docs/notification.md registers, finds the mail, and is let in', async () => {
  const calls = await followPage(mesh, 'docs/notification.md');
  assert.ok(calls.length > 10);
});

test('an inbox that is followed through the edge goes on where it was cut off, and nothing is missing or comes twice', async () => {
  const outside = new Outsider(mesh.edge);
  // As the page has made them.
  const [admin, bob] = [
    await outside.logIn('ada@example.org', 'a quiet harbour'),
    await outside.logIn('bob@example.org', 'a quiet harbour'),
  ];
  const rule = {
    ...{ eventSubject: 'identity.user_password_changed', template: 'welcome' },
    ...{ userField: 'user_id', category: 'account', channels: ['CHANNEL_IN_APP'] },
  };
  await outside.insist('rule', () => outside.post('/v1/notificationRules', rule, admin));
  const url = `${mesh.edge}/v1/inbox:watch`;
  await assert.rejects(serverSentEvents(url, AbortSignal.timeout(10_000)).next(), /401/);
  const seen: InboxChanges[] = [];
  const leave = new AbortController();
  const following = (async () => {
    while (!leave.signal.aborted) {
      const after = seen.at(-1)?.revision;
      const from = after === undefined ? url : `${url}?after=${after}`;
      try {
        for await (const said of serverSentEvents(from, leave.signal, bob.headers)) {
          seen.push(said as InboxChanges);
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  })();
  const items = () => seen.flatMap((each) => each.items ?? []).map(({ itemId }) => itemId);
  try {
    await waitFor('the present state', () => seen.length > 0);
    assert.deepEqual(items(), [], 'what was there before does not come');
    await outside.changePassword(bob);
    await waitFor('an item', () => items().length === 1);
    await mesh.kill('notification');
    for (let count = 0; count < 2; count += 1) await outside.changePassword(bob);
    await waitFor('those of the time away', () => items().length >= 3);
    await outside.changePassword(bob);
    await waitFor('one more', () => items().length >= 4);
  } finally {
    leave.abort();
    await following;
  }
  assert.equal(new Set(items()).size, 4);
  assert.equal(items().length, 4);
  const { items: listed } = await outside.insist('list', () => outside.get('/v1/inbox', bob));
  const newest = (listed as InboxChanges['items'])?.slice(0, 4).map(({ itemId }) => itemId);
  assert.deepEqual(newest?.sort(), items().sort());
});

interface InboxChanges {
  readonly items?: readonly { readonly itemId: string }[];
  readonly revision: string;
}

test('no link of a mail is in a log', async () => {
  const { stdout } = await execa('sh', ['-c', 'cat "$1"/*', 'sh', join(mesh.home, 'logs')]);
  assert.match(stdout, /notification/);
  assert.doesNotMatch(stdout, /verify-email\/[\w-]{20}/);
});
