import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SessionEndReason, SessionServiceDefinition } from '@weft/proto/identity/v1/session';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';

const postgres = usePostgres();
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

test('a user sees where he is signed in, and ends one session or all others; nobody else does', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const here = await rig.signUp();
  const login = (address: string, userAgent: string) =>
    auth.login(
      { email: 'ada@example.org', password: PASSWORD, code: '' },
      context({ address, userAgent }),
    );
  const phone = await login('2001:db8::7', 'Phone/1.0');
  await login('198.51.100.1', 'Tablet/1.0');
  const bob = await rig.signUp('bob@example.org');
  const service = rig.handlers(SessionServiceDefinition);
  const as = context({ as: here });
  const list = async () => {
    const first = await service.listSessions({ userId: 'me', pageSize: 2, pageToken: '' }, as);
    const pageToken = first.nextPageToken ?? '';
    if (pageToken === '') return first.sessions ?? [];
    const rest = await service.listSessions({ userId: 'me', pageSize: 2, pageToken }, as);
    return [...(first.sessions ?? []), ...(rest.sessions ?? [])];
  };
  assert.deepEqual(
    (await list()).map(({ userAgent, address, current }) => [userAgent, address, current]),
    [
      ['Tablet/1.0', '198.51.100.1', false],
      ['Phone/1.0', '2001:db8::7', false],
      ['test', '192.0.2.1', true],
    ],
  );
  const revoke = (sessionId: string) => service.revokeSession({ userId: 'me', sessionId }, as);
  await revoke(phone.sessionId);
  await revoke(phone.sessionId);
  await rejects(() => revoke(bob.sessionId), { status: 'NOT_FOUND' });
  await rejects(() => service.revokeSession({ userId: bob.userId, sessionId: bob.sessionId }, as), {
    status: 'PERMISSION_DENIED',
  });
  await rejects(
    () => service.listSessions({ userId: bob.userId, pageSize: 0, pageToken: '' }, as),
    { status: 'PERMISSION_DENIED' },
  );
  await rejects(() => auth.refresh({ refreshToken: phone.refreshToken }, context()), {
    ...{ status: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
  });
  const why = await auth.explainSignOut({ refreshToken: phone.refreshToken }, context());
  assert.equal(why.reason, SessionEndReason.REVOKED);
  const ended = await service.revokeSessions({ userId: 'me', keepCurrent: true }, as);
  assert.equal(ended.revokedCount, 1);
  assert.deepEqual(
    (await list()).map(({ sessionId }) => sessionId),
    [here.sessionId],
  );
  await service.revokeSessions({ userId: 'me', keepCurrent: false }, as);
  assert.deepEqual(await list(), []);
  await auth.refresh({ refreshToken: bob.refreshToken }, context());
});

test('a page token of another user’s sessions is refused', async () => {
  await using rig = await openIdentity(url);
  const ada = await rig.signUp();
  const bob = await rig.signUp('bob@example.org');
  await rig.auth.login({ email: 'ada@example.org', password: PASSWORD, code: '' }, rig.context());
  const { listSessions } = rig.handlers(SessionServiceDefinition);
  const page = { userId: 'me', pageSize: 1 };
  const first = await listSessions({ ...page, pageToken: '' }, rig.context({ as: ada }));
  const pageToken = first.nextPageToken ?? '';
  assert.notEqual(pageToken, '');
  await rejects(() => listSessions({ ...page, pageToken }, rig.context({ as: bob })), {
    ...{ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_FOREIGN', field: 'page_token' },
  });
});
