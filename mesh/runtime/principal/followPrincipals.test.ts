import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { JWKS_KEY, type Principal } from '../../principal/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { publishKeys, revokeSession } from '../../testing/publishTrust.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { TestIdentity, testPrincipal } from '../../testing/TestIdentity.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { followPrincipals } from './followPrincipals.ts';
import { Principals } from './Principals.ts';

const log = pino({ level: 'silent' });
const identity = await TestIdentity.create();
const next = await TestIdentity.create();

let consul: TestConsul;
before(async () => {
  consul = await TestConsul.start();
});
after(() => consul?.stop());

const publish = (...keys: readonly TestIdentity[]) => publishKeys(consul.client, ...keys);
const revoke = (session: string) => revokeSession(consul.client, session);

/** Undefined: it is not good. */
async function read(principals: Principals, token: string): Promise<Principal | undefined> {
  try {
    return await principals.of(token);
  } catch (error) {
    assert.ok(error instanceof RpcError);
    return undefined;
  }
}

test('what identity publishes is what tokens are judged by, and goes on being while Consul is away', async (t) => {
  const principals = new Principals();
  const ended: Principal[] = [];
  const [ann, bob] = [testPrincipal(), testPrincipal()];
  const endStreamsOf = (isMeant: (principal: Principal) => boolean) => {
    ended.push(...[ann, bob].filter(isMeant));
  };
  const stop = await followPrincipals({
    ...{ consul: consul.client, principals, log },
    calls: { endStreamsOf },
  });
  t.after(stop);
  const [token, bobs] = [await identity.inner(ann), await identity.inner(bob)];
  assert.equal(await read(principals, token), undefined, 'while nobody signs tokens');
  await publish(identity);
  await eventually(async () => assert.deepEqual(await read(principals, token), ann));
  await publish(identity, next);
  const later = await next.inner(ann);
  await eventually(async () => assert.deepEqual(await read(principals, later), ann));
  assert.deepEqual(await read(principals, token), ann);

  await revoke(ann.session);
  await eventually(async () => assert.equal(await read(principals, token), undefined));
  assert.equal(await read(principals, later), undefined);
  assert.deepEqual(await read(principals, bobs), bob);
  assert.deepEqual(ended, [ann]);

  await consul.client.write(`/kv/${JWKS_KEY}`, 'nonsense');
  await consul.kill();
  assert.deepEqual(await read(principals, bobs), bob);
  assert.equal(await read(principals, token), undefined);
});

test('a service that starts after a revocation knows of it before it serves', async (t) => {
  await consul.run();
  await publish(identity);
  const ann = testPrincipal();
  await revoke(ann.session);
  const principals = new Principals();
  const calls = { endStreamsOf() {} };
  t.after(await followPrincipals({ consul: consul.client, principals, calls, log }));
  assert.equal(await read(principals, await identity.inner(ann)), undefined);
  assert.ok(await read(principals, await identity.inner()));
});
