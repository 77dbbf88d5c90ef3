import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { base64url } from 'jose';
import { addApiKey, hashApiKey, removeApiKey } from '../gateway/access/apiKeyFile.ts';
import { EdgeRig, type Seen } from './support/EdgeRig.ts';
import { forgedToken, Issuer } from './support/issuer.ts';
import { callUnary, callWeb } from './support/outsideCalls.ts';
import { waitFor } from './support/waitFor.ts';

const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const ASSETS = '/market.v1.AnalyticsService/ListAssets';
const CANDLES = '/market.v1.AnalyticsService/ListCandles';
const WATCH = '/market.v1.AnalyticsService/WatchAsset';
const SEND = '/market.v1.MarketDataService/SendMarketData';
/** Whose pages may call. */
const PAGE = 'https://app.example:8443';
const per = { seconds: 3600n };

suite('Access levels of the contracts, at the edge', { timeout: 180_000 }, () => {
  let rig: EdgeRig;
  let issuer: Issuer;
  let folder: string;
  let keys: string;
  let key: string;

  before(async () => {
    issuer = await Issuer.start();
    folder = await mkdtemp(join(tmpdir(), 'weft-access-'));
    keys = join(folder, 'keys');
    key = addApiKey(keys, 'nightly');
    // Keys of other lengths, for the hash: its blocks are 64 bytes.
    const more = [1, 55, 56, 63, 64, 65, 119, 120, 128, 256].map(
      (length) => `${hashApiKey('k'.repeat(length))} length-${length}\n`,
    );
    await writeFile(keys, (await readFile(keys, 'utf8')) + more.join(''));
    const { name, audience, url } = issuer;
    rig = await EdgeRig.start({
      policies: {
        [ASSETS]: { access: 3 },
        [WATCH]: {
          ...{ access: 4, roles: ['trader', 'admin'] },
          rateLimit: { requests: 10, per: { seconds: 10n } },
        },
        [CANDLES]: { access: 5 },
        [SEND]: { access: 4, roles: ['writer'], rateLimit: { requests: 3, per } },
        [SUMMARY]: { access: 2, rateLimit: { requests: 40, per } },
      },
      edge: {
        identityProvider: {
          ...{ issuer: name, audiences: [audience], jwks: url, rolesClaim: 'realm.roles' },
        },
        apiKeys: keys,
      },
      corsOrigins: [PAGE],
    });
    // The edge fetches the provider's keys while it starts.
    await waitFor(
      'a token to be accepted',
      async () => (await rest('/v1/assets', await bearer('first'))).status === 200,
    );
  });
  after(async () => {
    await rig?.stop();
    await issuer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const bearer = async (user?: string, roles?: unknown, claims: Record<string, unknown> = {}) => ({
    authorization: `Bearer ${await issuer.token(user, { ...(roles ? { realm: { roles } } : {}), ...claims })}`,
  });
  const rest = async (path: string, headers: Record<string, string> = {}, body?: string) => {
    const response = await fetch(rig.url + path, {
      ...(body ? { method: 'POST', body } : {}),
      headers,
      signal: AbortSignal.timeout(30_000),
    });
    const { status, headers: received } = response;
    if (received.get('content-type') === 'text/event-stream') {
      await response.body?.cancel();
      return { status, received, body: {} };
    }
    return { status, received, body: (await response.json()) as Record<string, unknown> };
  };
  const summary = async (headers: Record<string, string>) => {
    const { status, body } = await rest('/v1/assets/A/summary', headers);
    assert.equal(status, 200, JSON.stringify(body));
    return JSON.parse((body as { summary: { assetSymbol: string } }).summary.assetSymbol) as Seen;
  };
  const reached = async () => {
    const stats = await (await fetch(`${rig.adminUrl}/stats`)).text();
    return Number(/^cluster\.analytics\.upstream_rq_total: (\d+)$/m.exec(stats)?.[1]);
  };

  test('who shows nothing is told what to show, and no service is reached', async () => {
    const before = await reached();
    const body = JSON.stringify({ assetSymbol: 'A', price: 1 });
    for (const [path, scheme, send] of [
      ['/v1/assets', 'Bearer', undefined],
      ['/v1/assets/A:watch', 'Bearer', undefined],
      ['/v1/market-data', 'Bearer', body],
      ['/v1/assets/A/candles?interval=60s', 'ApiKey', undefined],
    ] as const) {
      const { status, received, body: said } = await rest(path, {}, send);
      assert.equal(status, 401, path);
      assert.match(received.get('www-authenticate') ?? '', new RegExp(`^${scheme}`), path);
      assert.equal(said.code, grpc.status.UNAUTHENTICATED);
      assert.equal(typeof said.message, 'string');
    }
    for (const path of [ASSETS, CANDLES, SEND]) {
      assert.equal((await callUnary(rig.port, path)).code, grpc.status.UNAUTHENTICATED, path);
      assert.equal((await callWeb(rig.url, path)).code, grpc.status.UNAUTHENTICATED, path);
    }
    assert.equal(await reached(), before);
  });

  test('a token lets its user in, over REST, gRPC and gRPC-Web', async () => {
    const headers = await bearer('ann');
    assert.equal((await rest('/v1/assets', headers)).status, 200);
    assert.equal((await callUnary(rig.port, ASSETS, headers)).code, grpc.status.OK);
    assert.equal((await callWeb(rig.url, ASSETS, headers)).code, grpc.status.OK);
  });

  test('a token that does not hold lets nobody in', async () => {
    const past = Math.floor(Date.now() / 1_000) - 3_600;
    const encode = (value: object) => base64url.encode(JSON.stringify(value));
    const claims = { iss: issuer.name, aud: issuer.audience, sub: 'ann', exp: past + 7_200 };
    const [head, payload] = (await issuer.token('ann')).split('.');
    const bad: Record<string, string> = {
      expired: await issuer.token('ann', { exp: past }),
      'not valid yet': await issuer.token('ann', { nbf: past + 7_200 }),
      'without an end': await issuer.token('ann', { exp: undefined }),
      'of another issuer': await issuer.token('ann', { iss: 'https://other.example' }),
      'of nobody': await issuer.token(undefined),
      'signed with another key': await forgedToken(issuer, { sub: 'ann' }),
      unsigned: `${encode({ alg: 'none' })}.${encode(claims)}.`,
      'with a signature cut off': `${head}.${payload}.`,
      'with changed claims': (await issuer.token('bob')).replace(
        /\.[^.]*\./,
        `.${encode(claims)}.`,
      ),
      'that is none': 'nonsense',
    };
    const before = await reached();
    for (const [what, token] of Object.entries(bad)) {
      const headers = { authorization: `Bearer ${token}` };
      const { status, received } = await rest('/v1/assets', headers);
      assert.equal(status, 401, what);
      assert.match(received.get('www-authenticate') ?? '', /^Bearer/, what);
      assert.equal((await callUnary(rig.port, ASSETS, headers)).code, 16, what);
    }
    const elsewhere = await bearer('ann', [], { aud: 'another' });
    assert.equal((await rest('/v1/assets', elsewhere)).status, 403);
    assert.equal((await rest(`/v1/assets?access_token=${await issuer.token('ann')}`)).status, 400);
    assert.equal(await reached(), before);
  });

  test('a role opens what needs it, and nothing else does', async () => {
    const watch = (headers: Record<string, string>) => rest('/v1/assets/A:watch', headers);
    assert.equal((await watch(await bearer('ann', ['reader', 'trader']))).status, 200);
    assert.equal((await watch(await bearer('ann', 'admin'))).status, 200);
    const before = await reached();
    for (const roles of [undefined, [], ['trade'], ['traders'], [['trader']], 'trader,admin', 7]) {
      const { status, body } = await watch(await bearer('ann', roles));
      assert.deepEqual([status, body.code], [403, 7], JSON.stringify(roles));
    }
    const unfit = await bearer('ann', ['trader']);
    assert.equal((await callUnary(rig.port, SEND, unfit)).code, grpc.status.PERMISSION_DENIED);
    assert.equal((await callWeb(rig.url, SEND, unfit)).code, grpc.status.PERMISSION_DENIED);
    assert.equal(await reached(), before);
  });

  test('an API key opens what is for keys, whatever its length', async () => {
    const candles = '/v1/assets/A/candles?interval=60s';
    assert.equal((await rest(candles, { 'x-api-key': key })).status, 200);
    for (const length of [1, 55, 56, 63, 64, 65, 119, 120, 128, 256]) {
      const headers = { 'x-api-key': 'k'.repeat(length) };
      assert.equal((await rest(candles, headers)).status, 200, `${length} bytes`);
    }
    assert.equal((await callUnary(rig.port, CANDLES, { 'x-api-key': key })).code, 0);
    for (const other of [`${key}x`, key.slice(1), hashApiKey(key), 'k'.repeat(257), 'nightly']) {
      assert.equal((await rest(candles, { 'x-api-key': other })).status, 401);
    }
    // A key is no user, and a user no key.
    assert.equal((await rest('/v1/assets', { 'x-api-key': key })).status, 401);
    assert.equal((await rest(candles, await bearer('ann', ['admin']))).status, 401);
  });

  test('services are told who calls, and never get a credential or what a caller made up', async () => {
    const token = await bearer('Jürgen, x', ['reader']);
    const made = {
      'x-weft-caller': 'user:root',
      'x-weft-roles': 'admin',
      'x-forwarded-for': '9.9.9.9',
    };
    const user = await summary({ ...token, ...made });
    assert.deepEqual(user.caller, { kind: 'user', name: 'Jürgen, x', roles: ['reader'] });
    const program = await summary({ 'x-api-key': key, ...made });
    assert.deepEqual(program.caller, { kind: 'api-key', name: 'nightly', roles: [] });
    const nobody = await summary({ authorization: 'Bearer nonsense', 'x-api-key': 'bad', ...made });
    assert.equal(nobody.caller, undefined);
    const noUtf8 = await summary({ authorization: 'Bearer \xff', ...made });
    const empty = await summary({ 'x-api-key': '', ...made });
    for (const { headers } of [user, program, nobody, noUtf8, empty]) {
      assert.equal(headers.authorization, undefined);
      assert.equal(headers['x-api-key'], undefined);
      assert.doesNotMatch(JSON.stringify(headers), /root|9\.9\.9\.9/);
    }
    const web = await callWeb(rig.url, ASSETS, made);
    assert.equal(web.code, grpc.status.UNAUTHENTICATED);
  });

  test('each user has limits of his own, and is told when to come again', async () => {
    const body = JSON.stringify({ assetSymbol: 'A', price: 1, timestamp: '2026-01-02T03:04:05Z' });
    const send = async (user: string) =>
      rest('/v1/market-data', await bearer(user, 'writer'), body);
    for (let call = 0; call < 3; call++) assert.equal((await send('ann')).status, 200);
    const limited = await send('ann');
    assert.deepEqual([limited.status, limited.body.code], [429, 8]);
    const again = Number(limited.received.get('retry-after'));
    assert.equal(again, 1_200);
    assert.equal((await send('bob')).status, 200);
    const headers = await bearer('ann', 'writer');
    assert.equal((await callUnary(rig.port, SEND, headers)).code, grpc.status.RESOURCE_EXHAUSTED);
    assert.equal((await callWeb(rig.url, SEND, headers)).code, grpc.status.RESOURCE_EXHAUSTED);
  });

  test('pages of origins that are named may write, and those of no other', async () => {
    const body = JSON.stringify({ assetSymbol: 'A', price: 1, timestamp: '2026-01-02T03:04:05Z' });
    const write = async (origin: string) =>
      rest('/v1/market-data', { ...(await bearer('page', 'writer')), origin }, body);
    const { status, received } = await write(PAGE);
    assert.equal(status, 200);
    assert.equal(received.get('access-control-allow-origin'), PAGE);
    for (const origin of ['https://app.example', 'https://other.example:8443', 'null']) {
      assert.equal((await write(origin)).status, 403, origin);
    }
  });

  test('who comes again when told to is let in', async () => {
    const headers = await bearer('eager', 'trader');
    const watch = () => rest('/v1/assets/A:watch', headers);
    const limited = await waitFor('the limit', async () => {
      const answer = await watch();
      return answer.status === 429 && answer;
    });
    await sleep(Number(limited.received.get('retry-after')) * 1_000);
    assert.equal((await watch()).status, 200);
  });

  test('callers without a name share the limit of their address, users do not', async () => {
    const read = async (headers: Record<string, string>) =>
      (await rest('/v1/assets/A/summary', headers)).status;
    const statuses = [];
    for (let call = 0; call < 60; call++)
      statuses.push(await read({ 'x-weft-caller': `user:${call}` }));
    assert.ok(statuses.includes(429), 'a made-up name opens a new limit');
    assert.equal(await read(await bearer('ann')), 200);
    assert.equal(await read({ 'x-api-key': key }), 200);
  });

  test('a key that is taken away opens nothing any more, without a restart', async () => {
    removeApiKey(keys, 'nightly');
    await waitFor('the key to be refused', async () => {
      const { status } = await rest('/v1/assets/A/candles?interval=60s', { 'x-api-key': key });
      return status === 401;
    });
    const other = { 'x-api-key': 'k'.repeat(64) };
    assert.equal((await rest('/v1/assets/A/candles?interval=60s', other)).status, 200);
  });
});
