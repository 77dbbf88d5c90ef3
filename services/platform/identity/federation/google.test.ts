import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { FederationServiceDefinition } from '@weft/proto/identity/v1/federation';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { Browser } from '../testing/Browser.ts';
import { CLIENT, OpenIdProvider } from '../testing/OpenIdProvider.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { serveFaces } from '../testing/serveFaces.ts';

const GOOGLE = '/v1/auth/google';
const postgres = usePostgres();
let folder: string;
let ended: AsyncDisposableStack;
let provider: OpenIdProvider;
let identity: TestIdentity;
let url: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-google-'));
  await writeFile(join(folder, 'secret'), CLIENT.secret, { mode: 0o600 });
});
after(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  ended = new AsyncDisposableStack();
  // Served once the provider and identity have been told where it is.
  const faces: TestIdentity['faces'][number][] = [];
  const served = ended.use(await serveFaces(faces));
  url = served.url;
  const redirectUris = [`${url}${GOOGLE}/callback`, `${url}/api/auth/google/callback`];
  provider = ended.use(await OpenIdProvider.start({ redirectUris }));
  const environment = {
    ...{ IDENTITY_PUBLIC_URL: url, IDENTITY_GOOGLE_ISSUER: provider.issuer },
    IDENTITY_GOOGLE_CLIENT_ID: CLIENT.id,
    IDENTITY_GOOGLE_CLIENT_SECRET_FILE: join(folder, 'secret'),
  };
  const database = await postgres.createDatabase(migrations);
  identity = ended.use(await openIdentity(database, { environment }));
  faces.push(...identity.faces);
});
afterEach(() => ended.disposeAsync());

/** What a browser is answered at the end of all redirects. */
async function signIn(browser = new Browser(), path = GOOGLE) {
  const { body, status } = await browser.open(url + path);
  return { status, ...JSON.parse(body) };
}

/** Stops before the callback. */
const toCallback = (browser: Browser, from = url + GOOGLE) =>
  browser.open(from, ({ href }) => href.startsWith(url) && href.includes('/callback'));

const reasonOf = ({ details }: { details?: { reason?: string }[] }) => details?.[0]?.reason;

test('who comes by Google has an account with his address, and comes back to it by either path', async () => {
  const ann = await signIn();
  assert.equal(ann.status, 200, JSON.stringify(ann));
  const { email, verified, displayName } = ann.user;
  assert.deepEqual([email, verified, displayName], ['ann@example.com', true, 'Ann']);
  assert.match(ann.accessToken, /^ey/);
  assert.ok(
    (await identity.auth.refresh({ refreshToken: ann.refreshToken }, identity.context())).user,
  );
  // Another address there is the same account here.
  provider.user = { sub: 'ann', email: 'ann@elsewhere.example', email_verified: true };
  const again = await signIn(new Browser(), '/api/auth/google');
  assert.deepEqual([again.userId, again.user.email], [ann.userId, 'ann@example.com']);
  provider.user = { sub: 'bob', email: 'bob@example.com', email_verified: true };
  assert.notEqual((await signIn()).userId, ann.userId);
});

test('an account with the same verified address is linked, and its password goes on to work', async () => {
  const ada = await identity.signUp('ada@example.org');
  provider.user = { sub: 'ada', email: 'Ada@Example.org', email_verified: true };
  assert.equal((await signIn()).userId, ada.userId);
  const email = 'ada@example.org';
  const login = await identity.auth.login(
    { email, password: PASSWORD, code: '' },
    identity.context(),
  );
  assert.equal(login.userId, ada.userId);
});

test('an address that nobody has verified is linked to nothing, on either side', async () => {
  // Whoever asked for an account with somebody else's address has no part of what he does by Google.
  const { auth, context, mails } = identity;
  const email = 'ann@example.com';
  await auth.register({ email, password: PASSWORD, displayName: 'Eve' }, context());
  const [{ token = '' } = {}] = await mails(email);
  const ann = await signIn();
  assert.equal(ann.user.displayName, 'Ann');
  await rejects(() => auth.login({ email, password: PASSWORD, code: '' }, context()), {
    ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
  });
  await rejects(() => auth.verifyEmail({ token }, context()), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'TOKEN_INVALID' },
  });
  // And who says at the provider that he is somebody else gets nothing of him here.
  await identity.signUp('ada@example.org');
  for (const said of [
    { email_verified: false },
    {},
    { email_verified: true, email: 'ada@exämple.org' },
  ]) {
    provider.user = { sub: 'eve', email: 'ada@example.org', ...said };
    assert.equal(reasonOf(await signIn()), 'EMAIL_NOT_VERIFIED', JSON.stringify(said));
  }
});

test('nobody ends in another’s browser what he began in his own, nor comes back twice', async () => {
  const [mine, other] = [new Browser(), new Browser()];
  const back = await toCallback(mine);
  await toCallback(other);
  const refused = JSON.parse((await other.open(back.url)).body);
  assert.equal(reasonOf(refused), 'LOGIN_STATE_INVALID');
  assert.equal(
    reasonOf(JSON.parse((await new Browser().open(back.url)).body)),
    'LOGIN_STATE_INVALID',
  );
  assert.equal((await mine.open(back.url)).status, 200);
  assert.equal(reasonOf(JSON.parse((await mine.open(back.url)).body)), 'LOGIN_STATE_INVALID');
  const late = await toCallback(mine);
  identity.clock.advance(10 * 60_000);
  assert.equal(reasonOf(JSON.parse((await mine.open(late.url)).body)), 'LOGIN_STATE_INVALID');
});

test('a code of another login, and an ID token that is not for this one, sign nobody in', async () => {
  const [mine, other] = [new Browser(), new Browser()];
  const [back, theirs] = [await toCallback(mine), await toCallback(other)];
  back.url.searchParams.set('code', theirs.url.searchParams.get('code') ?? '');
  assert.equal(reasonOf(JSON.parse((await mine.open(back.url)).body)), 'PROVIDER_REFUSED');
  for (const forgery of [
    { claims: { nonce: 'other' } },
    { claims: { aud: 'other' } },
    { otherKey: true },
  ]) {
    provider.forgery = forgery;
    assert.equal(reasonOf(await signIn()), 'PROVIDER_REFUSED', JSON.stringify(forgery));
  }
});

test('a page gets its refresh token in a cookie, or the reason why not, and no other site is sent to', async () => {
  const browser = new Browser();
  const isPage = ({ pathname }: URL) => pathname === '/app';
  const page = await browser.open(`${url}${GOOGLE}?return_to=/app?tab=1`, isPage);
  assert.equal(page.url.href, `${url}/app?tab=1`);
  const refreshToken = browser.cookies.get('localhost')?.get('weft_refresh') ?? '';
  assert.ok((await identity.auth.refresh({ refreshToken }, identity.context())).user);

  provider.user = { sub: 'eve', email: 'ada@example.org', email_verified: false };
  const failed = await new Browser().open(`${url}${GOOGLE}?return_to=/app`, isPage);
  assert.equal(failed.url.search, '?error=EMAIL_NOT_VERIFIED');
  for (const bad of [
    'https://evil.example/',
    '//evil.example',
    '/%5Cevil.example',
    'app',
    '/a%0d%0ab',
  ]) {
    const { body } = await new Browser().open(`${url}${GOOGLE}?return_to=${bad}`);
    assert.match(JSON.parse(body).message, /^return_to: /, bad);
  }
});

test('a user links his account at Google, which is nobody else’s then, and unlinks it', async () => {
  const federation = identity.handlers(FederationServiceDefinition);
  const ada = await identity.signUp();
  const asAda = identity.context({ as: ada });
  const link = async (as: typeof asAda) => {
    const browser = new Browser();
    const { authorizationUrl = '' } = await federation.startGoogleLink(
      { userId: 'me', returnTo: '' },
      as,
    );
    const [cookie = ''] = as.header.get('set-cookie').map(String).slice(-1);
    const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? [];
    browser.cookies.set('localhost', new Map([[name, value]]));
    return JSON.parse((await browser.open(authorizationUrl)).body);
  };
  assert.deepEqual(await link(asAda), { linked: true });
  assert.deepEqual(await link(asAda), { linked: true });
  assert.equal((await signIn()).userId, ada.userId);
  const bob = await identity.signUp('bob@example.org');
  const taken = await link(identity.context({ as: bob }));
  assert.equal(reasonOf(taken), 'FEDERATED_IDENTITY_TAKEN');

  const { federatedIdentities = [] } = await federation.listFederatedIdentities(
    { userId: 'me' },
    asAda,
  );
  assert.deepEqual(
    federatedIdentities.map(({ issuer, email }) => [issuer, email]),
    [[provider.issuer, 'ann@example.com']],
  );
  const { federatedIdentityId = '' } = federatedIdentities[0] ?? {};
  await federation.unlinkFederatedIdentity({ userId: 'me', federatedIdentityId }, asAda);
  assert.notEqual((await signIn()).userId, ada.userId);
});
