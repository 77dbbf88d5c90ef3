import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { AnalyticsServiceDefinition } from '@weft/proto/market/v1/analytics';
import { type Principal, parseJwks, tokenRules } from '../../principal/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { TestIdentity, testPrincipal } from '../../testing/TestIdentity.ts';
import type { ServiceClient } from '../client/ServiceClient.ts';
import { RuntimeReason } from '../rpc/errorInfo.ts';
import { RpcError } from '../rpc/RpcError.ts';
import type { ServedContract } from '../server/ServerMethod.ts';
import { TestServer } from '../testing/TestServer.ts';
import { analytics, emptySummary } from '../testing/testServices.ts';
import { Principals, sessionRevoked } from './Principals.ts';

const identity = await TestIdentity.create();

/** A server of methods for users that tells who acts, and whom it knows by identity's keys. */
async function start(contract: Partial<ServedContract> = { access: 'user' }) {
  const seen: (Principal | undefined)[] = [];
  const server = await TestServer.start(
    analytics(
      async (_, { principal }) => {
        seen.push(principal);
        return { summary: emptySummary };
      },
      async function* (_, { principal, signal }) {
        seen.push(principal);
        yield { summary: emptySummary };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    ),
    () => {},
    { contractOf: () => contract },
  );
  server.environment.principals.setKeys(parseJwks(identity.jwks));
  const client = server.client(AnalyticsServiceDefinition);
  return { server, client, seen };
}

const shown = (...tokens: readonly string[]) => {
  const metadata = new Metadata();
  for (const token of tokens) metadata.add('x-weft-principal', token);
  return { metadata };
};

const refused =
  (code: Status, reason: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof RpcError);
    const [detail] = error.details;
    assert.ok(detail?.type === 'google.rpc.ErrorInfo' && 'reason' in detail.value);
    assert.deepEqual([error.code, detail.value.reason], [code, reason]);
    return true;
  };

const A = { assetSymbol: 'A' };

const watch = (client: ServiceClient<typeof AnalyticsServiceDefinition>, token: string) =>
  client.watchAsset(A, shown(token))[Symbol.asyncIterator]();

test('a handler is told who acts, with all that his token says of him', async (t) => {
  const { server, client, seen } = await start();
  t.after(() => server.stop());
  const principal = testPrincipal({ roles: ['admin'], organization: 'o1' });
  const token = await identity.inner(principal);
  await client.getAssetSummary(A, shown(token));
  await client.getAssetSummary(A, shown(token));
  assert.deepEqual(seen, [principal, principal]);
});

test('a call without a good token reaches no handler of a method that is for users', async (t) => {
  const { server, client, seen } = await start();
  t.after(() => server.stop());
  const { UNAUTHENTICATED } = Status;
  const call = (...tokens: string[]) => client.getAssetSummary(A, shown(...tokens));
  await assert.rejects(call(), refused(UNAUTHENTICATED, RuntimeReason.PRINCIPAL_REQUIRED));
  const invalid = refused(UNAUTHENTICATED, RuntimeReason.PRINCIPAL_INVALID);
  const good = await identity.inner();
  const forged = await (await TestIdentity.create(identity.key.kid)).inner();
  const [header, , signature] = good.split('.');
  const payload = Buffer.from('{"sub":"root"}').toString('base64url');
  for (const token of [
    await identity.access(),
    forged,
    `${header}.${payload}.${signature}`,
    `${good}x`,
    'user:root',
  ]) {
    await assert.rejects(call(token), invalid);
  }
  // Two are no more than none, whichever of them is good.
  await assert.rejects(call(good, forged), invalid);
  await assert.rejects(call(forged, good), invalid);
  const past = { now: Date.now() - (tokenRules.lifeSeconds + tokenRules.graceSeconds + 5) * 1_000 };
  const expired = await identity.inner({}, past);
  await assert.rejects(call(expired), refused(UNAUTHENTICATED, RuntimeReason.PRINCIPAL_EXPIRED));
  const stream = watch(client, forged);
  await assert.rejects(stream.next(), invalid);
  assert.deepEqual(seen, []);
  await call(good);
});

test('who claims to act for somebody and cannot prove it is refused also where nobody is asked for', async (t) => {
  const { server, client, seen } = await start({ access: 'public' });
  t.after(() => server.stop());
  await client.getAssetSummary(A);
  const invalid = refused(Status.UNAUTHENTICATED, RuntimeReason.PRINCIPAL_INVALID);
  await assert.rejects(client.getAssetSummary(A, shown('forged')), invalid);
  assert.deepEqual(seen, [undefined]);
});

test('role and scope are asked for where the method is served', async (t) => {
  const { server, client } = await start({ access: 'role', roles: ['admin'] });
  t.after(() => server.stop());
  const call = async (principal: Partial<Principal>) =>
    client.getAssetSummary(A, shown(await identity.inner(principal)));
  const role = refused(Status.PERMISSION_DENIED, RuntimeReason.ROLE_REQUIRED);
  await assert.rejects(call({ roles: ['reader'] }), role);
  await call({ roles: ['admin'] });
});

test('a call made while serving is made for the same principal, over every hop', async (t) => {
  const last = await start();
  const hop = (next: typeof last.client) =>
    TestServer.start(
      analytics(async (request) => {
        await new Promise((resolve) => setImmediate(resolve));
        return next.getAssetSummary(request);
      }),
      () => {},
      { contractOf: () => ({ access: 'internal' }) },
    );
  const second = await hop(last.client);
  const first = await hop(second.client(AnalyticsServiceDefinition));
  t.after(() => Promise.all([first, second, last.server].map((server) => server.stop())));
  for (const { environment } of [first, second])
    environment.principals.setKeys(parseJwks(identity.jwks));
  const principal = testPrincipal();
  const client = first.client(AnalyticsServiceDefinition);
  await client.getAssetSummary(A, shown(await identity.inner(principal)));
  assert.deepEqual(last.seen, [principal]);
  // And a call for nobody is made for nobody.
  await assert.rejects(
    client.getAssetSummary(A),
    refused(Status.UNAUTHENTICATED, RuntimeReason.PRINCIPAL_REQUIRED),
  );
});

test('a revoked session opens nothing any more, and its streams end; others go on', async (t) => {
  const { server, client } = await start();
  t.after(() => server.stop());
  const [ann, bob] = [testPrincipal(), testPrincipal()];
  const [anns, bobs] = [await identity.inner(ann), await identity.inner(bob)];
  const streams = [watch(client, anns), watch(client, bobs)] as const;
  for (const stream of streams) await stream.next();
  const { principals, calls } = server.environment;
  principals.setRevoked(new Set([ann.session]));
  calls.endStreamsOf((principal) => principals.isRevoked(principal), sessionRevoked);
  const revoked = refused(Status.UNAUTHENTICATED, RuntimeReason.SESSION_REVOKED);
  await assert.rejects(streams[0].next(), revoked);
  await assert.rejects(client.getAssetSummary(A, shown(anns)), revoked);
  const another = await identity.inner({ ...ann, roles: ['admin'] });
  await assert.rejects(client.getAssetSummary(A, shown(another)), revoked);
  await client.getAssetSummary(A, shown(bobs));
  await eventually(() => assert.equal(calls.size, 1));
  await streams[1].return?.();
});

test('keys that are no longer published open nothing, also what they have opened before', async () => {
  const principals = new Principals();
  const token = await identity.inner();
  const early = principals.of(token);
  assert.ok(early instanceof Promise);
  await assert.rejects(early, refused(Status.UNAVAILABLE, RuntimeReason.PRINCIPAL_UNVERIFIABLE));
  principals.setKeys(parseJwks(identity.jwks));
  await principals.of(token);
  assert.ok(!(principals.of(token) instanceof Promise), 'it is remembered');
  principals.setKeys(new Map());
  const invalid = refused(Status.UNAUTHENTICATED, RuntimeReason.PRINCIPAL_INVALID);
  await assert.rejects(async () => principals.of(token), invalid);
});

test('what is remembered of a token ends with it', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const principals = new Principals();
  principals.setKeys(parseJwks(identity.jwks));
  const token = await identity.inner();
  await principals.of(token);
  const { lifeSeconds, graceSeconds } = tokenRules;
  t.mock.timers.tick((lifeSeconds + graceSeconds - 2) * 1_000);
  assert.ok(principals.of(token));
  t.mock.timers.tick(3_000);
  assert.throws(
    () => principals.of(token),
    refused(Status.UNAUTHENTICATED, RuntimeReason.PRINCIPAL_EXPIRED),
  );
});
