import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CallContext } from '@weft/mesh/runtime';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { RefreshCookie } from './RefreshCookie.ts';

const postgres = usePostgres();
let url: string;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const credentials = { email: 'ada@example.org', password: PASSWORD, code: '' };
/** The tokens that an answer has set, by the paths of their cookies. */
const given = ({ header }: CallContext) => header.get('set-cookie').map(String);
const tokenIn = (context: CallContext) =>
  /^weft_refresh=([^;]*)/.exec(given(context)[0] ?? '')?.[1];

test('a browser keeps its refresh token where no script reads it, and goes on by it', async () => {
  await using identity = await openIdentity(url);
  const { auth, context } = identity;
  await identity.signUp();
  const atLogin = context();
  const answer = await auth.login({ ...credentials, useCookie: true }, atLogin);
  assert.equal(answer.refreshToken, '');
  assert.ok(given(atLogin).length > 0);
  for (const cookie of given(atLogin)) assert.match(cookie, /; HttpOnly; SameSite=Strict$/);

  const atRefresh = context();
  atRefresh.metadata.set('cookie', `a=b; weft_refresh=${tokenIn(atLogin)}`);
  atRefresh.metadata.set('x-requested-with', 'fetch');
  const next = await auth.refresh({ refreshToken: '' }, atRefresh);
  assert.deepEqual([next.sessionId, next.refreshToken], [answer.sessionId, '']);
  assert.notEqual(tokenIn(atRefresh), tokenIn(atLogin));

  const atLogout = context();
  atLogout.metadata.set('cookie', `weft_refresh=${tokenIn(atRefresh)}`);
  atLogout.metadata.set('x-requested-with', 'fetch');
  await auth.logout({ refreshToken: '' }, atLogout);
  assert.match(given(atLogout)[0] ?? '', /^weft_refresh=; .*Max-Age=0/);
  await rejects(() => auth.refresh({ refreshToken: tokenIn(atRefresh) ?? '' }, context()), {
    ...{ status: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' },
  });
});

test('what another site has a browser send does nothing by its cookie', async () => {
  await using identity = await openIdentity(url);
  const { auth, context } = identity;
  const { refreshToken = '' } = await identity.signUp();
  const forged = context();
  forged.metadata.set('cookie', `weft_refresh=${refreshToken}`);
  const refused = { status: 'PERMISSION_DENIED', reason: 'CSRF_HEADER_MISSING' } as const;
  await rejects(() => auth.refresh({ refreshToken: '' }, forged), refused);
  await rejects(() => auth.logout({ refreshToken: '' }, forged), refused);
  assert.deepEqual(given(forged), []);
  // The session is what it was.
  assert.ok(await auth.refresh({ refreshToken }, context()));
});

test('cookies of a site that is reached by https go nowhere else', () => {
  const cookies = new RefreshCookie(true).set('token', 60);
  for (const cookie of cookies) assert.match(cookie, /; Secure$/);
});
