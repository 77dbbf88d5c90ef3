import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { JWKS_KEY, parseJwks, REVOKED_PREFIX, revokedKey, verifyInner } from '@weft/mesh/principal';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { decodeJwt } from 'jose';
import { TestClock } from '../../../kit/testing/TestClock.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { keepUp } from '../keepUp.ts';
import { PUBLISHED_FIRST_MS, TOKEN_LIFE_MS } from '../keys/SigningKeys.ts';
import { migrations, openIdentity, type TestIdentity } from '../testing/openIdentity.ts';

const postgres = usePostgres();
let consul: TestConsul;
let url: string;

before(async () => {
  consul = await TestConsul.start();
});
after(() => consul.stop());
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
  await consul.client.remove('/kv/weft/principal/?recurse');
});

const entries = async (prefix: string) => {
  const path = `/kv/${prefix}`;
  const { value } = await consul.client.read<{ Key: string; Value: string }[]>(path, {
    recurse: true,
  });
  const plain = (text: string) => JSON.parse(Buffer.from(text, 'base64').toString());
  return new Map(value.map(({ Key, Value }) => [Key, plain(Value)]));
};
const jwks = async () => (await entries(JWKS_KEY)).get(JWKS_KEY);
const logout = ({ auth, context }: TestIdentity, refreshToken: string) =>
  auth.logout({ refreshToken }, context());
/** As the runtime does: by the keys that are published. */
const verify = async (accessToken: string) =>
  verifyInner(String(decodeJwt(accessToken).weft), parseJwks(await jwks()));

test('keys and revocations are in Consul, also when the instance dies that should have written them', async () => {
  const shared = {
    secret: randomBytes(32),
    clock: new TestClock(new Date()),
    consul: consul.client,
  };
  await using one = await openIdentity(url, shared);
  await using other = await openIdentity(url, shared);
  const { refreshToken, sessionId, accessToken } = await one.signUp();
  // Nothing of the first one runs: as if it had died after the commit.
  await logout(one, refreshToken);
  const stop = keepUp(other.identity, consul.client, 'identity-2');
  try {
    await eventually(async () => (await entries(REVOKED_PREFIX)).has(revokedKey(sessionId)));
    const { expireTime } = (await entries(REVOKED_PREFIX)).get(revokedKey(sessionId));
    assert.ok(new Date(expireTime).getTime() > Date.now() + 900_000);
    await eventually(async () => (await jwks())?.keys.length === 1);
    assert.doesNotMatch(JSON.stringify(await jwks()), /"d"/);
    assert.equal((await verify(accessToken)).principal.session, sessionId);
    // Later ones are written by who makes them, and Consul may be away for a while.
    const next = await one.signUp('bob@example.org');
    await consul.kill();
    await logout(other, next.refreshToken);
    await consul.run();
    await eventually(async () => (await entries(REVOKED_PREFIX)).has(revokedKey(next.sessionId)));
  } finally {
    await stop();
  }
});

test('what Consul has lost or others have left there is mended, and what is over goes', async () => {
  await using rig = await openIdentity(url, {
    ...{ clock: new TestClock(new Date()), consul: consul.client },
  });
  const { publication } = rig.identity;
  const { refreshToken, sessionId } = await rig.signUp();
  await logout(rig, refreshToken);
  await publication.publish();
  await consul.client.remove(`/kv/${REVOKED_PREFIX}?recurse`);
  await consul.client.write(`/kv/${REVOKED_PREFIX}of-nobody`, { expireTime: new Date() });
  await publication.reconcile();
  assert.deepEqual([...(await entries(REVOKED_PREFIX)).keys()], [revokedKey(sessionId)]);
  rig.clock.advance(TOKEN_LIFE_MS + 1);
  await publication.reconcile();
  assert.equal((await entries(REVOKED_PREFIX)).size, 0);
});

test('a key is published before it signs and until its last token is over: no good token is refused', async () => {
  const shared = {
    secret: randomBytes(32),
    clock: new TestClock(new Date()),
    consul: consul.client,
  };
  await using one = await openIdentity(url, shared);
  await using other = await openIdentity(url, shared);
  const { publication, keys } = one.identity;
  await publication.publish();
  const { accessToken, refreshToken } = await one.signUp();
  const kidOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  const first = kidOf(accessToken);
  // Both instances are asked, and once more: there is one next key.
  const made = await Promise.all([keys.rotate(), other.identity.keys.rotate(), keys.rotate()]);
  assert.equal(new Set(made.map(({ id }) => id)).size, 1);
  await publication.publish();
  assert.equal((await jwks()).keys.length, 2);
  const refresh = (rig: TestIdentity) => rig.auth.refresh({ refreshToken }, rig.context());
  assert.equal(kidOf((await refresh(one)).accessToken), first);
  shared.clock.advance(PUBLISHED_FIRST_MS);
  await other.identity.keys.refresh();
  for (const rig of [one, other]) {
    const answer = await rig.signUp(`${rig === one ? 'one' : 'other'}@example.org`);
    assert.equal(kidOf(answer.accessToken), made[0]?.id);
    await verify(answer.accessToken);
  }
  await verify(accessToken);
  shared.clock.advance(TOKEN_LIFE_MS - 1);
  await keys.tend();
  assert.equal((await keys.list()).length, 2);
  shared.clock.advance(2);
  await keys.tend();
  await publication.publish();
  const left = (await jwks()).keys;
  assert.deepEqual(
    left.map(({ kid }: { kid: string }) => kid),
    [made[0]?.id],
  );
});

test('an instance that stood still does not put old keys in place of new ones', async () => {
  const shared = {
    secret: randomBytes(32),
    clock: new TestClock(new Date()),
    consul: consul.client,
  };
  await using one = await openIdentity(url, shared);
  await using other = await openIdentity(url, shared);
  await one.identity.publication.publish();
  const { keys, publication } = other.identity;
  const stale = await keys.jwks();
  const read = keys.jwks.bind(keys);
  keys.jwks = async () => {
    await one.identity.keys.rotate();
    await one.identity.publication.publish();
    return { keys: [] as typeof stale.keys };
  };
  await assert.rejects(publication.publish(), /written by another/);
  keys.jwks = read;
  await publication.publish();
  assert.equal((await jwks()).keys.length, 2);
});

test('a secret of another database is refused, and a sealed key opens with no other', async () => {
  await using rig = await openIdentity(url);
  await assert.rejects(openIdentity(url), /another secret/);
  const row = await rig.identity.database
    .selectFrom('signing_key')
    .selectAll()
    .executeTakeFirstOrThrow();
  assert.doesNotMatch(row.private_key.toString('latin1'), /PRIVATE KEY/);
  const { secret } = rig.identity;
  assert.match(secret.open('signing keys', row.id, row.private_key).toString(), /PRIVATE KEY/);
  assert.throws(() => secret.open('signing keys', 'another', row.private_key));
  assert.throws(() => secret.open('totp', row.id, row.private_key));
});
