import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConsulClient } from '@weft/mesh/consul';
import { Contracts } from '@weft/mesh/contracts';
import { API_KEY_USE_PREFIX, entriesBelow, hashApiKey, readApiKeyUse } from '@weft/mesh/principal';
import { eventually } from '@weft/mesh/testing/eventually';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestIdentity } from '@weft/mesh/testing/TestIdentity';
import { pino } from 'pino';
import { StaticEdge } from '../testing/StaticEdge.ts';
import { withAccess } from '../testing/withAccess.ts';
import { tellApiKeyUse } from './tellApiKeyUse.ts';
import { usedApiKeysFile } from './trustFiles.ts';
import { NO_TRUST, writeTrust } from './writeTrust.ts';

const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const KEY = 'weft_used';
const UNUSED = 'weft_unused';

let folder: string;
let edge: StaticEdge;
let consul: TestConsul;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-key-use-'));
  const identity = await TestIdentity.create();
  const token = await identity.inner({ kind: 'api_key', subject: 'ada', scopes: ['read'] });
  const apiKeys = new Map([KEY, UNUSED].map((key) => [hashApiKey(key), token]));
  writeTrust(folder, { ...NO_TRUST, jwks: identity.jwks, apiKeys });
  const contracts = withAccess(Contracts.load(), { [SUMMARY]: { access: 5, scopes: ['read'] } });
  [edge, consul] = [await StaticEdge.start(contracts, { trust: folder }), await TestConsul.start()];
});
after(async () => {
  await edge?.stop();
  await consul?.stop();
  await rm(folder, { recursive: true });
});

const call = async (key: string) =>
  (await fetch(`${edge.url}/v1/assets/A/summary`, { headers: { 'x-api-key': key } })).status;
const noted = () => readFile(usedApiKeysFile(folder), 'utf8').catch(() => '');
const told = async () => {
  const path = `/kv/${API_KEY_USE_PREFIX}`;
  const { value } = await consul.client.read(path, { recurse: true });
  const entries = [...entriesBelow(API_KEY_USE_PREFIX, value as never).values()];
  return new Map(entries.flatMap((text) => [...readApiKeyUse(text)]));
};

/** Tells until a condition holds. */
async function tellUntil(client: ConsulClient, condition: () => Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const log = pino({ level: 'silent' });
  const telling = tellApiKeyUse({ consul: client, folder, log, signal: stop.signal, everyMs: 20 });
  try {
    await eventually(async () => assert.ok(await condition()));
  } finally {
    stop.abort();
    await telling;
  }
}

test('the owner of an API key can be told in which minute it was used, and of no other key', async () => {
  const begun = Math.floor(Date.now() / 60_000) * 60;
  assert.equal(await call(KEY), 200);
  assert.equal(await call('weft_unknown'), 401);
  await tellUntil(consul.client, async () => (await told()).size > 0);
  const use = await told();
  assert.deepEqual([...use.keys()], [hashApiKey(KEY)]);
  const at = use.get(hashApiKey(KEY)) ?? 0;
  assert.ok(at >= begun && at <= Date.now() / 1_000, `${at}`);
});

test('a key that is used all the time costs one line a minute', async () => {
  const calls = 50;
  const begun = Math.floor(Date.now() / 60_000);
  for (let made = 0; made < calls; made++) assert.equal(await call(KEY), 200);
  const minutes = Math.floor(Date.now() / 60_000) - begun + 1;
  assert.ok((await noted()).split('\n').filter(Boolean).length <= minutes);
});

test('use is told later that could not be told', async () => {
  assert.equal(await call(UNUSED), 200);
  const nowhere = new ConsulClient({ address: 'http://127.0.0.1:1', token: '' });
  await tellUntil(nowhere, async () => (await noted()) === '');
  assert.equal((await told()).has(hashApiKey(UNUSED)), false);
  await tellUntil(consul.client, async () => (await told()).has(hashApiKey(UNUSED)));
});
