import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import {
  API_KEY_USE_PREFIX,
  API_KEYS_PREFIX,
  apiKeyKey,
  apiKeyUseEntries,
  hashApiKey,
  parseJwks,
  revokedKey,
  verifyInner,
} from '@weft/mesh/principal';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { ApiKeyServiceDefinition } from '@weft/proto/identity/v1/api_key';
import { TestClock } from '../../../kit/testing/TestClock.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { dateFromTimestamp, timestampFromDate } from '../../../kit/time.ts';
import { migrations, openIdentity, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { recordApiKeyUse } from './recordApiKeyUse.ts';

const MINUTE_MS = 60_000;
const postgres = usePostgres();
let consul: TestConsul;
let url: string;
let clock: TestClock;

before(async () => {
  consul = await TestConsul.start();
});
after(() => consul.stop());
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
  await consul.client.remove('/kv/weft/?recurse');
  clock = new TestClock(new Date());
});

const open = () => openIdentity(url, { clock, consul: consul.client });
const keysOf = ({ handlers }: TestIdentity) => handlers(ApiKeyServiceDefinition);
const asked = (more: object = {}) => ({
  ...{ userId: 'me', displayName: 'ci', scopes: ['user.read'], expireTime: undefined },
  ...more,
});
const page = { userId: 'me', pageSize: 0, pageToken: '' };

/** What Consul has by this name; undefined: nothing. */
async function entry(name: string): Promise<string | undefined> {
  const path = `/kv/${name}`;
  const { value } = await consul.client.read<{ Value: string }[]>(path, { recurse: true });
  return value[0] && Buffer.from(value[0].Value, 'base64').toString();
}

test('a key is shown once, kept as a hash, and acts for its owner by its scopes alone', async () => {
  await using identity = await open();
  const { keys, publication, database } = identity.identity;
  const ada = await identity.signUp();
  const asAda = identity.context({ as: ada });
  const { key = '', apiKey } = await keysOf(identity).createApiKey(asked(), asAda);
  assert.match(key, /^weft_[0-9a-f]{64}$/);
  const listed = await keysOf(identity).listApiKeys(page, asAda);
  assert.deepEqual(listed.apiKeys, [apiKey]);
  assert.equal(apiKey?.prefix, key.slice(0, 11));
  const stored = JSON.stringify(await database.selectFrom('api_key').selectAll().execute());
  assert.ok(!stored.includes(key.slice(20)));

  await publication.publish();
  const token = await entry(apiKeyKey(key));
  const { principal } = await verifyInner(String(token), parseJwks(await keys.jwks()));
  assert.deepEqual(principal, {
    ...{ subject: ada.userId, kind: 'api_key', roles: [], scopes: ['user.read'] },
    session: apiKey?.apiKeyId,
  });
});

test('a token in Consul is replaced before it is over, and gone with its key', async () => {
  await using identity = await open();
  const { publication } = identity.identity;
  const asAda = identity.context({ as: await identity.signUp() });
  const { key = '', apiKey } = await keysOf(identity).createApiKey(asked(), asAda);
  await publication.publish();
  const first = await entry(apiKeyKey(key));
  clock.advance(4 * MINUTE_MS);
  await publication.publish();
  assert.equal(await entry(apiKeyKey(key)), first);
  clock.advance(2 * MINUTE_MS);
  await publication.publish();
  const second = await entry(apiKeyKey(key));
  assert.ok(second && second !== first);

  const { apiKeyId = '' } = apiKey ?? {};
  await keysOf(identity).revokeApiKey({ userId: 'me', apiKeyId }, asAda);
  await keysOf(identity).revokeApiKey({ userId: 'me', apiKeyId }, asAda);
  await publication.publish();
  assert.equal(await entry(apiKeyKey(key)), undefined);
  assert.ok(await entry(revokedKey(apiKeyId)));
  assert.deepEqual((await keysOf(identity).listApiKeys(page, asAda)).apiKeys, []);
});

test('a key with an end opens nothing after it, and its token says so before', async () => {
  await using identity = await open();
  const { publication, keys } = identity.identity;
  const asAda = identity.context({ as: await identity.signUp() });
  const expireTime = timestampFromDate(new Date(clock.now().getTime() + 5 * MINUTE_MS));
  const { key = '' } = await keysOf(identity).createApiKey(asked({ expireTime }), asAda);
  await publication.publish();
  const token = String(await entry(apiKeyKey(key)));
  const { goodUntil } = await verifyInner(token, parseJwks(await keys.jwks()));
  // With the grace of a minute that calls inside the mesh have.
  assert.ok(goodUntil <= clock.now().getTime() + 6 * MINUTE_MS);
  clock.advance(5 * MINUTE_MS);
  await publication.publish();
  assert.equal(await entry(apiKeyKey(key)), undefined);
});

test('what somebody else has done to Consul’s entries is mended', async () => {
  await using identity = await open();
  const { publication } = identity.identity;
  const asAda = identity.context({ as: await identity.signUp() });
  const { key = '' } = await keysOf(identity).createApiKey(asked(), asAda);
  await publication.publish();
  await consul.client.remove(`/kv/${apiKeyKey(key)}`);
  const stranger = `${API_KEYS_PREFIX}${'0'.repeat(64)}`;
  await consul.client.write(`/kv/${stranger}`, Buffer.from('x'));
  await publication.reconcile();
  assert.ok(await entry(apiKeyKey(key)));
  assert.equal(await entry(stranger), undefined);
});

test('nobody makes a key that may more than he, has more than a hundred, or revokes another’s', async () => {
  await using identity = await open();
  const keys = keysOf(identity);
  const asAda = identity.context({ as: await identity.signUp() });
  const asBob = identity.context({ as: await identity.signUp('bob@example.org') });
  await rejects(() => keys.createApiKey(asked({ scopes: ['user.read', 'everything'] }), asAda), {
    ...{ status: 'PERMISSION_DENIED', reason: 'SCOPE_NOT_ALLOWED' },
  });
  const { apiKey } = await keys.createApiKey(asked(), asAda);
  const theirs = { userId: 'me', apiKeyId: apiKey?.apiKeyId ?? '' };
  await rejects(() => keys.revokeApiKey(theirs, asBob), { status: 'NOT_FOUND' });
  await Promise.all(Array.from({ length: 98 }, () => keys.createApiKey(asked(), asAda)));
  const more = await Promise.allSettled(
    Array.from({ length: 3 }, () => keys.createApiKey(asked(), asAda)),
  );
  assert.equal(more.filter(({ status }) => status === 'fulfilled').length, 1);
  await rejects(() => keys.createApiKey(asked(), asAda), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'TOO_MANY_API_KEYS' },
  });
});

test('the owner of a key sees when it was last used, whichever edge it was used at', async () => {
  await using identity = await open();
  const asAda = identity.context({ as: await identity.signUp() });
  const create = async () => (await keysOf(identity).createApiKey(asked(), asAda)).key ?? '';
  const [used, unused, ahead] = [await create(), await create(), await create()];
  const minute = (back: number) =>
    Math.floor(clock.now().getTime() / MINUTE_MS - back) * (MINUTE_MS / 1_000);
  const tell = async (edge: string, use: Readonly<Record<string, number>>) => {
    const entries = apiKeyUseEntries(edge, new Map(Object.entries(use)));
    for (const { name, entry } of entries) await consul.client.write(`/kv/${name}`, entry);
  };
  const lastUse = async () => {
    await recordApiKeyUse(identity.identity, consul.client);
    const { apiKeys } = await keysOf(identity).listApiKeys(page, asAda);
    return [ahead, unused, used].map((key) => {
      const found = apiKeys.find(({ prefix }) => key.startsWith(prefix))?.lastUseTime;
      return found && dateFromTimestamp(found).getTime() / 1_000;
    });
  };
  assert.deepEqual(await lastUse(), [undefined, undefined, undefined]);

  const beyond = Math.floor(clock.now().getTime() / 1_000) + 3_600;
  await tell('one', { [hashApiKey(used)]: minute(5), [hashApiKey(ahead)]: beyond });
  await tell('other', { [hashApiKey(used)]: minute(2), [hashApiKey('weft_unknown')]: minute(1) });
  await consul.client.write(`/kv/${API_KEY_USE_PREFIX}broken/0`, Buffer.from('{'));
  assert.deepEqual(await lastUse(), [clock.now().getTime() / 1_000, undefined, minute(2)]);
  // What is broken is gone; an edge that tells of earlier use takes nothing back.
  await tell('other', { [hashApiKey(used)]: minute(4) });
  assert.equal((await lastUse())[2], minute(2));
  const names = async () =>
    (await consul.client.read<string[]>(`/kv/${API_KEY_USE_PREFIX}`, { keys: true })).value;
  assert.deepEqual(
    (await names()).map((name) => name.slice(API_KEY_USE_PREFIX.length)),
    ['one/0', 'other/0'],
  );
  // Edges that are gone leave nothing for ever.
  clock.advance(4 * 60 * MINUTE_MS);
  await recordApiKeyUse(identity.identity, consul.client);
  assert.deepEqual(await names(), []);
});
