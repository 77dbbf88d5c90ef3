import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { AccessClaims } from '@weft/mesh/principal';
import { decodeJwt, type JWTPayload } from 'jose';
import { TestClock } from '../../../kit/testing/TestClock.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { verifyAccessToken } from '../keys/verifyAccessToken.ts';
import { OpenIdProvider } from '../testing/OpenIdProvider.ts';
import { migrations, openIdentity, type TestIdentity } from '../testing/openIdentity.ts';
import { serveFaces } from '../testing/serveFaces.ts';

const postgres = usePostgres();
let ended: AsyncDisposableStack;
let provider: OpenIdProvider;
let identity: TestIdentity;
let url: string;

beforeEach(async () => {
  ended = new AsyncDisposableStack();
  provider = ended.use(await OpenIdProvider.start({ redirectUris: ['http://localhost/callback'] }));
  identity = ended.use(
    await openIdentity(await postgres.createDatabase(migrations), {
      clock: new TestClock(new Date()),
      environment: { IDENTITY_TRUSTED_ISSUERS: `${provider.issuer} weft-api realm.roles` },
    }),
  );
  url = ended.use(await serveFaces(identity.faces)).url;
});
afterEach(() => ended.disposeAsync());

const now = () => Math.floor(Date.now() / 1_000);
/** A token of the provider for Ann. */
const subjectToken = (claims: JWTPayload = {}) =>
  provider.token({ sub: 'ann', aud: 'weft-api', exp: now() + 60, ...claims });

/** RFC 8693, section 2.2, and RFC 6749, section 5.2. */
interface Answer {
  readonly status: number;
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly issued_token_type?: string;
  readonly token_type?: string;
  readonly error?: string;
}

async function exchange(token: string, fields: Record<string, string> = {}): Promise<Answer> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    ...fields,
  });
  const response = await fetch(`${url}/v1/auth/token`, { method: 'POST', body });
  return { ...((await response.json()) as object), status: response.status };
}

test('a token of an own identity provider becomes one of ours, of the same user each time', async () => {
  const { keys, clock } = identity.identity;
  const first = await exchange(await subjectToken({ realm: { roles: ['seller', 'root'] } }));
  assert.equal(first.status, 200, JSON.stringify(first));
  assert.deepEqual(
    [first.token_type, first.issued_token_type, first.refresh_token],
    ['Bearer', 'urn:ietf:params:oauth:token-type:access_token', undefined],
  );
  const { inner } = await verifyAccessToken(keys, clock, first.access_token ?? '');
  // Roles that are none of ours mean nothing.
  assert.deepEqual([inner.kind, inner.roles], ['user', ['seller']]);
  const again = await exchange(await subjectToken());
  const { sub } = decodeJwt<AccessClaims>(again.access_token ?? '');
  assert.equal(sub, inner.sub);
  const other = await exchange(await subjectToken({ sub: 'bob' }));
  assert.notEqual(decodeJwt(other.access_token ?? '').sub, sub);
});

test('a token that is not good here is exchanged for nothing', async () => {
  const other = ended.use(await OpenIdProvider.start({ redirectUris: ['http://localhost/c'] }));
  const [header, , signature] = (await subjectToken()).split('.');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: provider.issuer, sub: 'ann', aud: 'weft-api', exp: now() + 60 };
  for (const [what, token] of [
    ['of another audience', await subjectToken({ aud: 'other' })],
    ['of another issuer', await other.token(claims)],
    ['of an issuer that is not trusted', await other.token({ ...claims, iss: other.issuer })],
    ['expired', await subjectToken({ exp: now() - 60 })],
    ['without an end', await provider.token({ sub: 'ann', aud: 'weft-api' })],
    ['of nobody', await subjectToken({ sub: '' })],
    ['of other claims', `${header}.${part({ ...claims, sub: 'eve' })}.${signature}`],
    ['not signed', `${part({ alg: 'none' })}.${part(claims)}.`],
    ['none', 'x'],
    ['of our own', (await identity.signUp()).accessToken],
  ] as const) {
    const { status, error, access_token } = await exchange(token);
    assert.deepEqual([status, error, access_token], [400, 'invalid_grant', undefined], what);
  }
});

test('a request that is no token exchange is told so in OAuth’s words', async () => {
  const token = await subjectToken();
  for (const [fields, error] of [
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ subject_token: '' }, 'invalid_request'],
    [{ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request'],
    [{ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    [{ actor_token: token }, 'invalid_request'],
    [{ audience: 'elsewhere' }, 'invalid_target'],
  ] as const) {
    const answer = await exchange(token, fields);
    assert.deepEqual([answer.status, answer.error], [400, error], JSON.stringify(fields));
  }
});

test('a disabled user gets no token by another provider', async () => {
  const { access_token } = await exchange(await subjectToken());
  const { sub } = decodeJwt(access_token ?? '');
  const { database, clock } = identity.identity;
  await database
    .updateTable('account')
    .set({ disabled_at: clock.now() })
    .where('id', '=', String(sub))
    .execute();
  assert.equal((await exchange(await subjectToken())).error, 'invalid_grant');
});
