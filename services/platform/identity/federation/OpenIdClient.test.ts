import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { Browser } from '../testing/Browser.ts';
import { CLIENT, type Forgery, OpenIdProvider } from '../testing/OpenIdProvider.ts';
import { type Attempt, OpenIdClient } from './OpenIdClient.ts';

const redirectUri = 'http://localhost:8080/v1/auth/google/callback';
const attempt: Attempt = {
  state: 'state-state-state-state',
  nonce: 'nonce-nonce-nonce-nonce',
  // RFC 7636, appendix B.
  codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  redirectUri,
};

let provider: OpenIdProvider;
let client: OpenIdClient;
before(async () => {
  provider = await OpenIdProvider.start({ redirectUris: [redirectUri] });
});
after(() => provider?.stop());
beforeEach(() => {
  provider.forgery = undefined;
  client = clientOf(provider.issuer);
});

const clientOf = (issuer: string, clientId: string = CLIENT.id) =>
  new OpenIdClient({ issuer, clientId, clientSecret: CLIENT.secret }, quietLog);

/** Query of the URL that the provider sends a browser back to. */
async function comeBack(): Promise<URLSearchParams> {
  const start = await client.authorizationUrl(attempt);
  const { url } = await new Browser().open(start, ({ href }) => href.startsWith(redirectUri));
  return url.searchParams;
}

const redeem = (query: URLSearchParams, changed: Partial<Attempt> = {}) =>
  client.redeem(query.toString(), { ...attempt, ...changed });

const isRefused = (error: unknown) => {
  assert.ok(error instanceof RpcError, String(error));
  assert.equal(error.code, Status.UNAUTHENTICATED);
  assert.deepEqual(error.details, [errorInfo('PROVIDER_REFUSED')]);
  return true;
};

test('whom the provider vouches for comes back with what it says of him', async () => {
  const start = await client.authorizationUrl(attempt);
  // RFC 7636, appendix B.
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  assert.equal(start.searchParams.get('code_challenge'), challenge);
  assert.deepEqual(await redeem(await comeBack()), {
    ...{ issuer: provider.issuer, subject: 'ann', name: 'Ann' },
    ...{ email: 'ann@example.com', emailVerified: true },
  });
});

test('a code is good once, for who began, and with the state that he began with', async () => {
  const used = await comeBack();
  await redeem(used);
  await assert.rejects(redeem(used), isRefused);
  const others: Partial<Attempt>[] = [
    { codeVerifier: 'another-another-another-another-another-another' },
    { state: 'another' },
    { nonce: 'another' },
    { redirectUri: `${redirectUri}2` },
  ];
  for (const other of others) await assert.rejects(redeem(await comeBack(), other), isRefused);
});

test('of another provider, without a code, or with the provider’s refusal nobody comes back', async () => {
  const changes: ((query: URLSearchParams) => void)[] = [
    (query) => query.set('iss', 'https://evil.example'),
    (query) => query.delete('code'),
    (query) => query.delete('state'),
    (query) => query.append('state', 'twice'),
    (query) => query.set('error', 'access_denied'),
  ];
  for (const change of changes) {
    const query = await comeBack();
    change(query);
    await assert.rejects(redeem(query), isRefused, query.toString());
  }
});

test('an ID token that is not for this attempt here vouches for nobody', async () => {
  const now = Math.floor(Date.now() / 1_000);
  const forgeries: Forgery[] = [
    { claims: { nonce: 'of-another-attempt' } },
    { claims: { aud: 'another-client' } },
    { claims: { iss: 'https://evil.example' } },
    { claims: { exp: now - 600 } },
    { claims: { sub: '' } },
    { otherKey: true },
  ];
  for (const forgery of forgeries) {
    const query = await comeBack();
    provider.forgery = forgery;
    await assert.rejects(redeem(query), isRefused, JSON.stringify(forgery));
    provider.forgery = undefined;
  }
});

test('a provider that is away, or is another, can be asked again later', async () => {
  const isAway = (error: unknown) => error instanceof RpcError && error.code === Status.UNAVAILABLE;
  const away = await OpenIdProvider.start({ redirectUris: [redirectUri] });
  client = clientOf(away.issuer);
  const query = await comeBack();
  await away.stop();
  await assert.rejects(redeem(query), isAway);
  const port = Number(new URL(away.issuer).port);
  client = clientOf(away.issuer);
  await assert.rejects(client.authorizationUrl(attempt), isAway);
  await using _ = await OpenIdProvider.start({ redirectUris: [redirectUri], port });
  await redeem(await comeBack());
});
