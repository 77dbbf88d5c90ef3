import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { ApiKeyServiceDefinition } from '@weft/proto/identity/v1/api_key';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import { RoleServiceDefinition } from '@weft/proto/identity/v1/role';
import { UserServiceDefinition } from '@weft/proto/identity/v1/user_service';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';

const postgres = usePostgres();
let home: string;
let url: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'weft-roles-'));
});
after(() => rm(home, { recursive: true }));
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const open = () => openIdentity(url, { environment: { WEFT_HOME: home } });
const tokenFile = () => join(home, 'data/identity/administrator-token');
const rolesOf = ({ handlers }: TestIdentity) => handlers(RoleServiceDefinition);
const signInAgain = ({ auth, context }: TestIdentity, email = 'ada@example.org') =>
  auth.login({ email, password: PASSWORD, code: '' }, context()) as Promise<LoginResponse>;

/** Ada, as the first administrator. */
async function administrator(identity: TestIdentity): Promise<LoginResponse> {
  await identity.ways.administratorToken.offer(identity.identity.database);
  const token = (await readFile(tokenFile(), 'utf8')).trim();
  const ada = await identity.signUp();
  await rolesOf(identity).claimAdministrator({ token }, identity.context({ as: ada }));
  return signInAgain(identity);
}

test('the token in the file makes one user the first administrator, once', async () => {
  await using identity = await open();
  const { claimAdministrator } = rolesOf(identity);
  await identity.ways.administratorToken.offer(identity.identity.database);
  assert.equal((await stat(tokenFile())).mode & 0o777, 0o600);
  const token = (await readFile(tokenFile(), 'utf8')).trim();
  const users = await Promise.all(
    ['ada', 'bob', 'eve'].map((name) => identity.signUp(`${name}@example.org`)),
  );
  const invalid = { status: 'PERMISSION_DENIED', reason: 'ADMINISTRATOR_TOKEN_INVALID' } as const;
  for (const wrong of ['x', token.slice(1), `${token}x`]) {
    const asAda = identity.context({ as: users[0] as LoginResponse });
    await rejects(() => claimAdministrator({ token: wrong }, asAda), invalid);
  }
  const claims = await Promise.allSettled(
    users.map((as) => claimAdministrator({ token }, identity.context({ as }))),
  );
  assert.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1);
  const late = identity.context({ as: users[1] as LoginResponse });
  await rejects(() => claimAdministrator({ token }, late), invalid);
  await assert.rejects(stat(tokenFile()));
  // Nor is it offered again.
  await identity.ways.administratorToken.offer(identity.identity.database);
  await assert.rejects(stat(tokenFile()));
});

test('who loses a role loses his sessions, and the keys that were good by it', async () => {
  await using identity = await open();
  const asAda = identity.context({ as: await administrator(identity) });
  const { grantRole, revokeRole } = rolesOf(identity);
  const { userId } = await identity.signUp('bob@example.org');
  await grantRole({ userId, role: 'admin' }, asAda);
  assert.deepEqual((await grantRole({ userId, role: 'admin' }, asAda)).roles, ['admin']);
  const bob = await signInAgain(identity, 'bob@example.org');
  assert.deepEqual(bob.user?.roles, ['admin']);
  const asBob = identity.context({ as: bob });
  const { createApiKey, listApiKeys } = identity.handlers(ApiKeyServiceDefinition);
  const make = (displayName: string, scopes: string[]) =>
    createApiKey({ userId: 'me', displayName, scopes, expireTime: undefined }, asBob);
  await make('all', ['anything']);
  const kept = await make('read', ['user.read']);

  assert.deepEqual((await revokeRole({ userId, role: 'admin' }, asAda)).roles, []);
  await rejects(
    () => identity.auth.refresh({ refreshToken: bob.refreshToken }, identity.context()),
    {
      ...{ status: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
    },
  );
  const page = { userId: 'me', pageSize: 0, pageToken: '' };
  const { apiKeys = [] } = await listApiKeys(page, asBob);
  assert.deepEqual(
    apiKeys.map(({ apiKeyId }) => apiKeyId),
    [kept.apiKey?.apiKeyId],
  );
  const revoked = await identity.identity.database.selectFrom('revocation').selectAll().execute();
  assert.ok(revoked.some(({ sid }) => sid === bob.sessionId));
  assert.equal((await signInAgain(identity, 'bob@example.org')).user?.roles.length, 0);
});

test('who signs in while he loses a role has it in no token that goes on', async () => {
  await using identity = await open();
  const asAda = identity.context({ as: await administrator(identity) });
  const { grantRole, revokeRole } = rolesOf(identity);
  const { userId } = await identity.signUp('bob@example.org');
  await grantRole({ userId, role: 'seller' }, asAda);
  const email = 'bob@example.org';
  const logins = () => Array.from({ length: 6 }, () => signInAgain(identity, email));
  const [, ...answers] = await Promise.allSettled([
    revokeRole({ userId, role: 'seller' }, asAda),
    ...logins(),
  ]);
  const ended = await identity.identity.database
    .selectFrom('session')
    .select('id')
    .where('end_reason', '=', 'ROLES_CHANGED')
    .execute();
  for (const answer of answers) {
    if (answer.status === 'rejected') continue;
    const { user, sessionId } = answer.value;
    const isOver = ended.some(({ id }) => id === sessionId);
    assert.ok(isOver || user?.roles.length === 0, JSON.stringify(user));
  }
});

test('there is always an administrator, whatever two of them do to each other', async () => {
  await using identity = await open();
  const ada = await administrator(identity);
  const asAda = identity.context({ as: ada });
  const { grantRole, revokeRole } = rolesOf(identity);
  const { disableUser, deleteUser } = identity.handlers(UserServiceDefinition);
  const last = { status: 'FAILED_PRECONDITION', reason: 'LAST_ADMINISTRATOR' } as const;
  const { userId } = ada;
  await rejects(() => revokeRole({ userId, role: 'admin' }, asAda), last);
  await rejects(() => disableUser({ userId }, asAda), last);
  await rejects(() => deleteUser({ userId, password: PASSWORD }, asAda), last);
  const bob = await identity.signUp('bob@example.org');
  await grantRole({ userId: bob.userId, role: 'admin' }, asAda);
  const asBob = identity.context({ as: await signInAgain(identity, 'bob@example.org') });
  const both = await Promise.allSettled([
    revokeRole({ userId, role: 'admin' }, asBob),
    disableUser({ userId: bob.userId }, asAda),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});
