import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ApiKeyServiceDefinition } from '@weft/proto/identity/v1/api_key';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import { User } from '@weft/proto/identity/v1/user';
import { UserServiceDefinition } from '@weft/proto/identity/v1/user_service';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';

const postgres = usePostgres();
let url: string;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const usersOf = ({ handlers }: TestIdentity) => handlers(UserServiceDefinition);
/** In a session of an administrator: what the contract asks of its methods is asked before them. */
const admin = (as: LoginResponse): LoginResponse =>
  ({ ...as, user: { ...as.user, roles: ['admin'] } }) as LoginResponse;

test('a user changes what is his to change, and no change is lost on another’s', async () => {
  await using identity = await openIdentity(url);
  const { getUser, updateUser } = usersOf(identity);
  const ada = await identity.signUp();
  const asAda = identity.context({ as: ada });
  const { user } = await getUser({ userId: 'me' }, asAda);
  const given = User.create({ userId: 'me', displayName: 'Countess', email: 'evil@example.org' });
  const updated = await updateUser({ user: given, updateMask: ['display_name', 'email'] }, asAda);
  assert.deepEqual(
    [updated.user?.displayName, updated.user?.email],
    ['Countess', 'ada@example.org'],
  );
  assert.notEqual(updated.user?.etag, user?.etag);
  const stale = { ...given, displayName: 'Late', etag: user?.etag ?? '' };
  await rejects(() => updateUser({ user: stale, updateMask: ['display_name'] }, asAda), {
    ...{ status: 'ABORTED', reason: 'ETAG_MISMATCH' },
  });
  await rejects(() => updateUser({ user: given, updateMask: ['displayname'] }, asAda), {
    ...{ status: 'INVALID_ARGUMENT', reason: 'FIELD_UNKNOWN', field: 'update_mask' },
  });
  assert.equal((await getUser({ userId: ada.userId }, asAda)).user?.displayName, 'Countess');
});

test('nobody sees or changes another user but administrators and services', async () => {
  await using identity = await openIdentity(url);
  const { getUser, updateUser, exportUser, deleteUser } = usersOf(identity);
  const { userId } = await identity.signUp();
  const bob = await identity.signUp('bob@example.org');
  const asBob = identity.context({ as: bob });
  const denied = { status: 'PERMISSION_DENIED', reason: 'NOT_OWNER' } as const;
  const user = User.create({ userId, displayName: 'Eve' });
  await rejects(() => getUser({ userId }, asBob), denied);
  await rejects(() => updateUser({ user, updateMask: undefined }, asBob), denied);
  await rejects(() => exportUser({ userId }, asBob), denied);
  await rejects(() => deleteUser({ userId, password: PASSWORD }, asBob), denied);
  assert.equal(
    (await getUser({ userId }, identity.context({ as: admin(bob) }))).user?.userId,
    userId,
  );
  assert.equal(
    (await getUser({ userId }, identity.context({ peer: 'order' }))).user?.userId,
    userId,
  );
});

test('a disabled account is shut to its user, his sessions and his keys, until it is enabled', async () => {
  await using identity = await openIdentity(url);
  const { disableUser, enableUser } = usersOf(identity);
  const { auth, context } = identity;
  const ada = await identity.signUp();
  const asAdmin = context({ as: admin(await identity.signUp('bob@example.org')) });
  const keys = identity.handlers(ApiKeyServiceDefinition);
  const asked = { userId: 'me', displayName: 'ci', scopes: ['user.read'], expireTime: undefined };
  await keys.createApiKey(asked, context({ as: ada }));
  const { userId } = ada;
  await disableUser({ userId }, asAdmin);
  await disableUser({ userId }, asAdmin);
  const credentials = { email: 'ada@example.org', password: PASSWORD, code: '' };
  await rejects(() => auth.login(credentials, context()), {
    ...{ status: 'PERMISSION_DENIED', reason: 'ACCOUNT_DISABLED' },
  });
  await rejects(() => auth.refresh({ refreshToken: ada.refreshToken }, context()), {
    ...{ status: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
  });
  const page = { userId: 'me', pageSize: 0, pageToken: '' };
  assert.deepEqual((await keys.listApiKeys(page, context({ as: ada }))).apiKeys, []);
  await enableUser({ userId }, asAdmin);
  assert.equal((await auth.login(credentials, context())).userId, userId);
  const subjects = (await identity.events()).map(({ subject }) => subject);
  assert.deepEqual(subjects.slice(-2), ['identity.user_disabled', 'identity.user_enabled']);
});

test('an export has all that is kept of a user, and no secret', async () => {
  await using identity = await openIdentity(url);
  const ada = await identity.signUp();
  const asAda = identity.context({ as: ada });
  const keys = identity.handlers(ApiKeyServiceDefinition);
  const asked = { userId: 'me', displayName: 'ci', scopes: ['user.read'], expireTime: undefined };
  const { key = '' } = await keys.createApiKey(asked, asAda);
  const exported = await usersOf(identity).exportUser({ userId: 'me' }, asAda);
  assert.equal(exported.user?.email, 'ada@example.org');
  assert.equal(exported.apiKeys?.length, 1);
  assert.equal(exported.sessions?.length, 1);
  assert.ok(exported.auditEvents?.some(({ action }) => action === 'login'));
  assert.ok(exported.passwordChangeTime);
  const text = JSON.stringify(exported);
  for (const secret of [key, '$argon2id', ada.refreshToken, ada.accessToken]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('a deleted account leaves nothing behind but that it was, and tells all others', async () => {
  await using identity = await openIdentity(url);
  const { deleteUser, getUser } = usersOf(identity);
  const { auth, context } = identity;
  const ada = await identity.signUp();
  const asAda = context({ as: ada });
  const { userId } = ada;
  await rejects(() => deleteUser({ userId: 'me', password: 'wrong' }, asAda), {
    ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
  });
  await deleteUser({ userId: 'me', password: PASSWORD }, asAda);
  await rejects(() => auth.refresh({ refreshToken: ada.refreshToken }, context()), {
    ...{ status: 'UNAUTHENTICATED', reason: 'REFRESH_TOKEN_INVALID' },
  });
  await rejects(() => getUser({ userId }, context({ peer: 'order' })), { status: 'NOT_FOUND' });
  assert.deepEqual((await identity.events()).at(-1), {
    ...{ subject: 'identity.user_deleted', key: userId },
  });
  const { database } = identity.identity;
  const trail = await database.selectFrom('audit_event').selectAll().execute();
  const words = JSON.stringify(trail.filter(({ account_id }) => account_id === userId));
  for (const trace of ['ada@example.org', '192.0.2.1', 'test']) assert.ok(!words.includes(trace));
  const revoked = await database.selectFrom('revocation').select('sid').execute();
  assert.ok(revoked.some(({ sid }) => sid === ada.sessionId));
  // The address is free again.
  assert.notEqual((await identity.signUp()).userId, userId);
});
