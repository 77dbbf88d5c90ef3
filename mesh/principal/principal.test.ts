import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { TestIdentity, testPrincipal } from '../testing/TestIdentity.ts';
import { apiKeyKey, revokedKey } from './consulKeys.ts';
import { parseJwks } from './parseJwks.ts';
import { tokenRules } from './tokens.ts';
import { verifyInner } from './verifyInner.ts';

const identity = await TestIdentity.create('one');
const keys = parseJwks(identity.jwks);
const claims = decodeJwt(await identity.inner());

test('a service knows by the inner token who acts, with all that identity says of him', async () => {
  const principal = testPrincipal({ roles: ['admin'], scopes: ['order.read'], organization: 'o' });
  const now = Date.now();
  const verified = await verifyInner(await identity.inner(principal, { now }), keys);
  assert.deepEqual(verified.principal, principal);
  const seconds = Math.floor(now / 1_000) + tokenRules.lifeSeconds + tokenRules.graceSeconds;
  assert.equal(verified.goodUntil, seconds * 1_000);
});

test('an access token carries the inner one as it is, and is none itself', async () => {
  const access = await identity.access({ subject: 'u', session: 's' });
  const { weft, sub, sid, aud } = decodeJwt(access);
  assert.deepEqual([sub, sid, aud], ['u', 's', tokenRules.accessAudience]);
  const { principal } = await verifyInner(String(weft), keys);
  assert.equal(principal.subject, 'u');
  await assert.rejects(verifyInner(access, keys), /aud/);
});

test('a call that set out in time is served within a minute of its token’s end, and none later', async () => {
  const ended = (seconds: number) =>
    identity.inner({}, { now: Date.now() - (tokenRules.lifeSeconds + seconds) * 1_000 });
  await verifyInner(await ended(tokenRules.graceSeconds - 10), keys);
  await assert.rejects(verifyInner(await ended(tokenRules.graceSeconds + 1), keys), /exp/);
});

test('no token is good that identity has not signed for the inside of the mesh', async () => {
  const other = await TestIdentity.create('one');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'none', kid: 'one' })}.${part(claims)}.`;
  const [jwk] = identity.jwks.keys;
  const signed = `${part({ alg: 'HS256', kid: 'one' })}.${part(claims)}`;
  const hmac = createHmac('sha256', JSON.stringify(jwk)).update(signed).digest('base64url');
  const [header, , signature] = (await identity.inner()).split('.');
  const { jwks: foreign } = other;
  for (const [what, token] of [
    ['of another key with the same id', await other.sign(claims)],
    ['of a key that it brings along', await other.sign(claims, { jwk: foreign.keys[0] })],
    ['of a key somewhere else', await identity.sign(claims, { kid: 'https://evil/jwks' })],
    ['of a key by a path', await identity.sign(claims, { kid: '../one' })],
    ['of a key that objects have', await identity.sign(claims, { kid: '__proto__' })],
    ['of no key', await identity.sign(claims, { kid: undefined })],
    ['without a signature', unsigned],
    ['signed with the public key as a secret', `${signed}.${hmac}`],
    [
      'of other claims than were signed',
      `${header}.${part({ ...claims, roles: ['admin'] })}.${signature}`,
    ],
    ['for another audience', await identity.sign({ ...claims, aud: tokenRules.accessAudience })],
    ['of another issuer', await identity.sign({ ...claims, iss: 'weft2' })],
    ['without an end', await identity.sign({ ...claims, exp: undefined })],
    ['of nobody', await identity.sign({ ...claims, sub: '' })],
    ['of no session', await identity.sign({ ...claims, sid: undefined })],
    ['of an unknown kind', await identity.sign({ ...claims, kind: 'root' })],
    ['with roles that are a text', await identity.sign({ ...claims, roles: 'admin' })],
    ['that is none', 'x'],
    ['that is nothing', ''],
    ['that has no end', 'a'.repeat(1_000_000)],
  ] as const) {
    await assert.rejects(verifyInner(token, keys), Error, what);
  }
  await verifyInner(await identity.sign(claims), keys);
});

test('of a JWKS only keys are taken that can have signed a token', () => {
  const [key] = identity.jwks.keys;
  const others = [
    { ...key, kid: 'a', use: 'enc' },
    { ...key, kid: 'b', alg: 'ES384' },
    { ...key, kid: 'c', kty: 'oct', k: 'AAAA' },
    { ...key, kid: '' },
    { ...key, kid: 'd', crv: 'P-384' },
    null,
    'key',
  ];
  assert.deepEqual([...parseJwks({ keys: [...others, key] }).keys()], ['one']);
  for (const bad of [undefined, null, [], {}, { keys: {} }]) {
    assert.throws(() => parseJwks(bad), TypeError);
  }
});

test('what is revoked, and keys, have places of their own in Consul, and no id leads to another’s', () => {
  assert.equal(revokedKey('0190-a_B'), 'weft/principal/revoked/0190-a_B');
  for (const id of ['', '../jwks', 'a/b', 'a b', 'ä', 'a'.repeat(129)]) {
    assert.throws(() => revokedKey(id), TypeError);
  }
  // The vector of FIPS 180-2 for "abc".
  assert.equal(
    apiKeyKey('abc'),
    'weft/principal/keys/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
