import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { base64url, decodeJwt } from 'jose';
import { hashApiKey, type Principal, tokenRules } from '../mesh/principal/index.ts';
import { readMeshConfig } from '../mesh/runtime/config/MeshConfig.ts';
import { connectMesh, Metadata, type RpcError } from '../mesh/runtime/index.ts';
import { forgetApiKey, publishApiKey, revokeSession } from '../mesh/testing/publishTrust.ts';
import { TestIdentity } from '../mesh/testing/TestIdentity.ts';
import { EdgeRig, type Seen } from './support/EdgeRig.ts';
import { callUnary, callWeb } from './support/outsideCalls.ts';
import { waitFor } from './support/waitFor.ts';

const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const ASSETS = '/market.v1.AnalyticsService/ListAssets';
const CANDLES = '/market.v1.AnalyticsService/ListCandles';
const CANDLES_OF_A = '/v1/assets/A/candles?interval=60s';
const WATCH = '/market.v1.AnalyticsService/WatchAsset';
const SEND = '/market.v1.MarketDataService/SendMarketData';
/** Whose pages may call. */
const PAGE = 'https://app.example:8443';
const per = { seconds: 3600n };

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A character that decodes to the same bits of the signature's last byte as the token's own. */
function unusedBits(token: string): string {
  return BASE64URL[BASE64URL.indexOf(token.at(-1) ?? '') + 1] ?? '';
}

suite('Access levels of the contracts, at the edge', { timeout: 180_000 }, () => {
  let rig: EdgeRig;
  let identity: TestIdentity;
  const key = `weft_${randomBytes(32).toString('base64url')}`;
  /** Of other lengths, for the hash: its blocks are 64 bytes. */
  const lengths = [1, 55, 56, 63, 64, 65, 119, 120, 128, 256];

  before(async () => {
    identity = await TestIdentity.create();
    rig = await EdgeRig.start({
      policies: {
        [ASSETS]: { access: 3 },
        [WATCH]: {
          ...{ access: 4, roles: ['trader', 'admin'] },
          rateLimit: { requests: 10, per: { seconds: 10n } },
        },
        [CANDLES]: { access: 5, scopes: ['candles.read'] },
        [SEND]: {
          ...{ access: 6, roles: ['writer'], scopes: ['data.write', 'all'] },
          rateLimit: { requests: 3, per },
        },
        [SUMMARY]: { access: 2, rateLimit: { requests: 40, per } },
      },
      identity,
      corsOrigins: [PAGE],
    });
    for (const apiKey of [key, ...lengths.map((length) => 'k'.repeat(length))]) await give(apiKey);
    await waitFor('a token to be accepted', async () => {
      const { status } = await rest('/v1/assets', await bearer('first'));
      return status === 200 && (await rest(CANDLES_OF_A, { 'x-api-key': 'kkkk' })).status === 401;
    });
    await waitFor(
      'a key to be accepted',
      async () => (await rest(CANDLES_OF_A, { 'x-api-key': 'k'.repeat(256) })).status === 200,
    );
  });
  after(async () => {
    await rig?.stop();
  });

  const give = async (apiKey: string, principal: Partial<Principal> = {}) => {
    const token = await identity.inner({
      ...{ kind: 'api_key', subject: 'nightly', scopes: ['candles.read'], session: randomUUID() },
      ...principal,
    });
    await publishApiKey(rig.consul.client, apiKey, token);
  };
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const bearer = async (
    subject: string,
    roles: string[] = [],
    principal: Partial<Principal> = {},
  ) => as(await identity.access({ subject, roles, ...principal }));
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
      [CANDLES_OF_A, 'ApiKey', undefined],
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
    const encode = (value: object) => base64url.encode(JSON.stringify(value));
    const token = await identity.access({ subject: 'ann' });
    const claims = decodeJwt(token);
    const now = Math.floor(Date.now() / 1_000);
    const forger = await TestIdentity.create(identity.key.kid);
    const [head, payload, signature] = token.split('.');
    const bad: Record<string, string> = {
      expired: await identity.sign({ ...claims, exp: now - 3_600 }),
      'not valid yet': await identity.sign({ ...claims, nbf: now + 3_600 }),
      'without an end': await identity.sign({ ...claims, exp: undefined }),
      'of another issuer': await identity.sign({ ...claims, iss: 'https://other.example' }),
      'signed with another key of the same id': await forger.access({ subject: 'ann' }),
      'of a key that is not known': await identity.sign(claims, { kid: 'https://evil.example/k' }),
      'of a key by a path': await identity.sign(claims, { kid: '../../etc/passwd' }),
      'of a key that it brings along': await forger.sign(claims, {
        ...{ kid: 'mine', jwk: forger.jwks.keys[0] },
      }),
      unsigned: `${encode({ alg: 'none' })}.${encode(claims)}.`,
      'unsigned, with a good signature beside': `${encode({ alg: 'none' })}.${payload}.${signature}`,
      'with a signature cut off': `${head}.${payload}.`,
      'with a character after its end': `${token}A`,
      'with padding': `${token}==`,
      'with bits in its last character that no byte has': `${token.slice(0, -1)}${unusedBits(token)}`,
      'with changed claims': `${head}.${encode({ ...claims, sub: 'root' })}.${signature}`,
      'that is none': 'nonsense',
    };
    const before = await reached();
    for (const [what, shown] of Object.entries(bad)) {
      const { status, received } = await rest('/v1/assets', as(shown));
      assert.equal(status, 401, what);
      assert.match(received.get('www-authenticate') ?? '', /^Bearer/, what);
      assert.equal((await callUnary(rig.port, ASSETS, as(shown))).code, 16, what);
    }
    const elsewhere = await identity.sign({ ...claims, aud: 'another' });
    assert.equal((await rest('/v1/assets', as(elsewhere))).status, 403);
    assert.equal((await rest(`/v1/assets?access_token=${token}`)).status, 400);
    assert.equal(await reached(), before);
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      const { status } = await rest('/v1/assets', { authorization: `${scheme} ${token}` });
      assert.equal(status, 200, 'the scheme is of any case');
    }
    for (const scheme of ['Basic ', 'DPoP ', 'xBearer ', 'Bearer x ', '']) {
      const { status } = await rest('/v1/assets', { authorization: `${scheme}${token}` });
      assert.equal(status, 401, scheme);
    }
  });

  test('an inner token opens nothing at the edge, in whatever place it is shown', async () => {
    const before = await reached();
    const inner = await identity.inner({ subject: 'ann', roles: ['admin', 'trader'] });
    assert.equal((await rest('/v1/assets', as(inner))).status, 403);
    for (const headers of [
      { 'x-weft-principal': inner },
      { 'x-weft-principal': `${inner},${inner}` },
      { 'X-Weft-Principal': inner, authorization: 'Bearer nonsense' },
      { 'x-api-key': inner },
      { 'x-weft-principal': inner, 'x-api-key': key },
    ]) {
      const { status } = await rest('/v1/assets', headers);
      assert.equal(status, 401, Object.keys(headers).join());
      assert.equal((await callUnary(rig.port, ASSETS, headers)).code, 16);
    }
    // Nor does an access token that carries one that identity has not signed, or nothing.
    const claims = decodeJwt(await identity.access({ subject: 'ann' }));
    const forged = await (await TestIdentity.create(identity.key.kid)).inner();
    assert.equal(
      (await rest('/v1/assets', as(await identity.sign({ ...claims, weft: forged })))).status,
      401,
    );
    const none = await identity.sign({ ...claims, weft: undefined });
    assert.equal((await rest('/v1/assets', as(none))).status, 403);
    assert.equal(await reached(), before);
  });

  test('a role opens what needs it, and nothing else does', async () => {
    const watch = (headers: Record<string, string>) => rest('/v1/assets/A:watch', headers);
    assert.equal((await watch(await bearer('ann', ['reader', 'trader']))).status, 200);
    const before = await reached();
    const claims = decodeJwt(await identity.access());
    const inner = decodeJwt(await identity.inner({ subject: 'ann' }));
    for (const roles of [undefined, [], ['trade'], ['traders'], [['trader']], 'trader', 7]) {
      const weft = await identity.sign({ ...inner, roles });
      const { status, body } = await watch(as(await identity.sign({ ...claims, weft })));
      assert.deepEqual([status, body.code], [403, 7], JSON.stringify(roles));
    }
    const unfit = await bearer('ulf', ['trader']);
    assert.equal((await callUnary(rig.port, SEND, unfit)).code, grpc.status.PERMISSION_DENIED);
    assert.equal((await callWeb(rig.url, SEND, unfit)).code, grpc.status.PERMISSION_DENIED);
    const program = await bearer('robot', ['trader'], { kind: 'service' });
    assert.equal((await watch(program)).status, 403, 'a service is no user');
    assert.equal(await reached(), before);
  });

  test('an API key opens what is for keys of its scope, whatever its length', async () => {
    assert.equal((await rest(CANDLES_OF_A, { 'x-api-key': key })).status, 200);
    for (const length of lengths) {
      const headers = { 'x-api-key': 'k'.repeat(length) };
      assert.equal((await rest(CANDLES_OF_A, headers)).status, 200, `${length} bytes`);
    }
    assert.equal((await callUnary(rig.port, CANDLES, { 'x-api-key': key })).code, 0);
    for (const other of [`${key}x`, key.slice(1), hashApiKey(key), 'k'.repeat(257), 'nightly']) {
      assert.equal((await rest(CANDLES_OF_A, { 'x-api-key': other })).status, 401);
    }
    await give('writes', { subject: 'importer', scopes: ['data.write'] });
    const body = JSON.stringify({ assetSymbol: 'A', price: 1, timestamp: '2026-01-02T03:04:05Z' });
    await waitFor('a key that may do what a user does', async () => {
      const { status } = await rest('/v1/market-data', { 'x-api-key': 'writes' }, body);
      return status === 200;
    });
    assert.equal((await rest('/v1/market-data', { 'x-api-key': key }, body)).status, 403);
    assert.equal((await rest(CANDLES_OF_A, { 'x-api-key': 'writes' })).status, 403);
    // A key is no user, and a user no key.
    assert.equal((await rest('/v1/assets', { 'x-api-key': key })).status, 401);
    assert.equal((await rest(CANDLES_OF_A, await bearer('ann', ['admin']))).status, 401);
  });

  test('services are told who acts, and never get a credential or what a caller made up', async () => {
    const ann = { subject: 'Jürgen, x', roles: ['reader'], session: randomUUID() };
    const token = await bearer(ann.subject, ann.roles, { ...ann, organization: 'o1' });
    const made = {
      'x-weft-principal': await identity.inner({ subject: 'root', roles: ['admin'] }),
      'x-weft-caller': 'user:root',
      'x-forwarded-for': '9.9.9.9',
    };
    const user = await summary({ ...token, ...made });
    const told = { ...ann, kind: 'user', scopes: [], organization: 'o1' };
    assert.deepEqual(user.principal, told);
    const program = await summary({ 'x-api-key': key, ...made });
    assert.equal(program.principal?.kind, 'api_key');
    assert.equal(program.principal?.subject, 'nightly');
    const nobody = await summary({ authorization: 'Bearer nonsense', 'x-api-key': 'bad', ...made });
    const noUtf8 = await summary({ authorization: 'Bearer \xff', ...made });
    const empty = await summary({ 'x-api-key': '', ...made });
    const none = await summary(made);
    for (const { principal } of [nobody, noUtf8, empty, none]) assert.equal(principal, undefined);
    for (const { headers } of [user, program, nobody, noUtf8, empty, none]) {
      assert.equal(headers.authorization, undefined);
      assert.equal(headers['x-api-key'], undefined);
      assert.notEqual(headers['x-weft-principal'], made['x-weft-principal']);
      assert.doesNotMatch(JSON.stringify(headers), /root|9\.9\.9\.9/);
    }
    const web = await callWeb(rig.url, ASSETS, made);
    assert.equal(web.code, grpc.status.UNAUTHENTICATED);
  });

  test('each user has limits of his own, and is told when to come again', async () => {
    const body = JSON.stringify({ assetSymbol: 'A', price: 1, timestamp: '2026-01-02T03:04:05Z' });
    const send = async (user: string) =>
      rest('/v1/market-data', await bearer(user, ['writer']), body);
    for (let call = 0; call < 3; call++) assert.equal((await send('ann')).status, 200);
    const limited = await send('ann');
    assert.deepEqual([limited.status, limited.body.code], [429, 8]);
    const again = Number(limited.received.get('retry-after'));
    assert.equal(again, 1_200);
    assert.equal((await send('bob')).status, 200);
    const headers = await bearer('ann', ['writer']);
    assert.equal((await callUnary(rig.port, SEND, headers)).code, grpc.status.RESOURCE_EXHAUSTED);
    assert.equal((await callWeb(rig.url, SEND, headers)).code, grpc.status.RESOURCE_EXHAUSTED);
    const reader = await bearer('cid', ['reader']);
    const refused = [403, 403, 403, 429];
    for (const status of refused) {
      assert.equal((await rest('/v1/market-data', reader, body)).status, status, 'refusals count');
    }
  });

  test('pages of origins that are named may write, and those of no other', async () => {
    const body = JSON.stringify({ assetSymbol: 'A', price: 1, timestamp: '2026-01-02T03:04:05Z' });
    const write = async (origin: string) =>
      rest('/v1/market-data', { ...(await bearer('page', ['writer'])), origin }, body);
    const { status, received } = await write(PAGE);
    assert.equal(status, 200);
    assert.equal(received.get('access-control-allow-origin'), PAGE);
    for (const origin of ['https://app.example', 'https://other.example:8443', 'null']) {
      assert.equal((await write(origin)).status, 403, origin);
    }
  });

  test('who comes again when told to is let in', async () => {
    const headers = await bearer('eager', ['trader']);
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
      statuses.push(
        await read({ 'x-weft-principal': await identity.inner({ subject: `${call}` }) }),
      );
    assert.ok(statuses.includes(429), 'a made-up name opens a new limit');
    assert.equal(await read(await bearer('ann')), 200);
    assert.equal(await read({ 'x-api-key': key }), 200);
  });

  test('a key that is taken away opens nothing any more, without a restart', async () => {
    await forgetApiKey(rig.consul.client, key);
    await waitFor('the key to be refused', async () => {
      const { status } = await rest(CANDLES_OF_A, { 'x-api-key': key });
      return status === 401;
    });
    const other = { 'x-api-key': 'k'.repeat(64) };
    assert.equal((await rest(CANDLES_OF_A, other)).status, 200);
  });

  test('a revoked session opens nothing any more, at the edge and inside, and its streams end', async (t) => {
    const session = randomUUID();
    const token = await identity.access({ subject: 'carl', roles: ['trader'], session });
    const inner = String(decodeJwt(token)[tokenRules.innerClaim]);
    const other = await bearer('dora', ['trader']);
    const watch = async (headers: Record<string, string>) => {
      const response = await fetch(`${rig.url}/v1/assets/A:watch`, { headers });
      assert.equal(response.status, 200);
      const reader = response.body?.getReader();
      assert.ok(reader);
      await reader.read();
      return reader;
    };
    const events = await watch(as(token));
    const others = await watch(other);
    const mesh = await connectMesh({ service: 'cli', config: readMeshConfig(rig.environment) });
    const metadata = new Metadata();
    metadata.set('x-weft-principal', inner);
    const client = mesh.client(AnalyticsServiceDefinition);
    const direct = client.watchAsset({ assetSymbol: 'A' }, { metadata })[Symbol.asyncIterator]();
    await direct.next();
    assert.equal((await rest('/v1/assets', as(token))).status, 200);

    const revoked = performance.now();
    const after = (what: string) =>
      t.diagnostic(`${what}: ${Math.round(performance.now() - revoked)} ms after the revocation`);
    await revokeSession(rig.consul.client, session);
    const ended = (async () => {
      while (!(await events.read()).done);
      after('the stream through the edge has ended');
    })();
    const endedInside = assert.rejects(
      async () => {
        while (!(await direct.next()).done);
      },
      (error: RpcError) => {
        after('the stream inside has ended');
        return error.code === grpc.status.UNAUTHENTICATED;
      },
    );
    const isRefused = async () => (await rest('/v1/assets', as(token))).status === 401;
    await waitFor('the edge to refuse', isRefused);
    after('the edge refuses');
    await waitFor('the edge’s own refusal', async () => {
      const before = await reached();
      return (await isRefused()) && (await reached()) === before;
    });
    after('no service is asked');
    await Promise.all([ended, endedInside]);
    const asked = client.listAssets({ pageSize: 0, pageToken: '' }, { metadata });
    await assert.rejects(asked, { code: grpc.status.UNAUTHENTICATED });
    await mesh.close();

    assert.equal((await rest('/v1/assets', other)).status, 200);
    const still = await Promise.race([others.read().then(() => 'ended'), sleep(500, 'open')]);
    assert.equal(still, 'open', 'the stream of another session goes on');
    await others.cancel();
    const renewed = await identity.access({ subject: 'carl', session });
    assert.equal((await rest('/v1/assets', as(renewed))).status, 401, 'nor with another token');
  });

  test('a revoked API key opens nothing any more, also where its token is still published', async () => {
    const [apiKey, session] = ['revoked-key', randomUUID()];
    await give(apiKey, { session });
    const opens = async () => (await rest(CANDLES_OF_A, { 'x-api-key': apiKey })).status === 200;
    await waitFor('the key to be accepted', opens);
    await revokeSession(rig.consul.client, session);
    await waitFor('the key to be refused', async () => !(await opens()));
  });

  test('what the edge was told it goes by while Consul and its helper are away', async () => {
    await rig.killHelper();
    await rig.consul.kill();
    assert.equal((await rest('/v1/assets', await bearer('ann'))).status, 200);
    assert.equal((await rest(CANDLES_OF_A, { 'x-api-key': 'k'.repeat(64) })).status, 200);
    const forged = await (await TestIdentity.create(identity.key.kid)).access();
    assert.equal((await rest('/v1/assets', as(forged))).status, 401);
  });
});
