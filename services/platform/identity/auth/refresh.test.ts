import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { SessionEndReason } from '@weft/proto/identity/v1/session';
import { TestClock } from '../../../kit/testing/TestClock.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';

const postgres = usePostgres();
const ENDED = { status: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' } as const;
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const refresh = ({ auth, context }: TestIdentity, refreshToken: string) =>
  auth.refresh({ refreshToken }, context());

test('two tabs, and a client whose answer was lost, go on with the same successor, at several instances too', async () => {
  const shared = { secret: randomBytes(32), clock: new TestClock() };
  await using one = await openIdentity(url, shared);
  await using other = await openIdentity(url, shared);
  const { refreshToken, sessionId } = await one.signUp();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => refresh(index % 2 ? one : other, refreshToken)),
  );
  assert.equal(new Set(answers.map((answer) => answer.refreshToken)).size, 1);
  assert.notEqual(answers[0]?.refreshToken, refreshToken);
  shared.clock.advance(10_000);
  const late = await refresh(other, refreshToken);
  assert.equal(late.refreshToken, answers[0]?.refreshToken);
  assert.equal(late.sessionId, sessionId);
  await refresh(one, late.refreshToken);
});

test('a refresh token that is used again later ends its session, for thief and owner, and no other', async () => {
  await using rig = await openIdentity(url);
  const { refreshToken: first, accessToken, user } = await rig.signUp();
  const elsewhere = await rig.auth.login(
    { email: 'ada@example.org', password: PASSWORD, code: '' },
    rig.context(),
  );
  const { refreshToken: second } = await refresh(rig, first);
  rig.clock.advance(10_001);
  const error = await rejects(() => refresh(rig, first), ENDED);
  assert.match(JSON.stringify(error.details), /SESSION_END_REASON_REFRESH_TOKEN_REUSED/);
  await rejects(() => refresh(rig, second), ENDED);
  await rejects(() => refresh(rig, first), ENDED);
  const { auth, context } = rig;
  assert.equal((await auth.validateToken({ token: accessToken }, context())).valid, false);
  await refresh(rig, elsewhere.refreshToken);
  const why = await auth.explainSignOut({ refreshToken: second }, context());
  assert.equal(why.signedOut, true);
  assert.equal(why.reason, SessionEndReason.REFRESH_TOKEN_REUSED);
  assert.equal(why.endTime?.seconds, Math.floor(rig.clock.now().getTime() / 1_000));
  const actions = await rig.identity.database
    .selectFrom('audit_event')
    .select('action')
    .where('account_id', '=', user?.userId as string)
    .orderBy('id')
    .execute();
  assert.equal(actions.at(-1)?.action, 'session_ended');
});

test('of a token used twice and its successor, both at once, nothing is left that goes on', async () => {
  await using rig = await openIdentity(url);
  const { refreshToken: first } = await rig.signUp();
  const { refreshToken: second } = await refresh(rig, first);
  rig.clock.advance(10_001);
  const outcomes = await Promise.allSettled([refresh(rig, first), refresh(rig, second)]);
  const latest = outcomes.find((each) => each.status === 'fulfilled')?.value.refreshToken ?? second;
  await rejects(() => refresh(rig, latest), ENDED);
});

test('a session is over at its time, however often it was refreshed', async () => {
  await using rig = await openIdentity(url);
  let { refreshToken } = await rig.signUp();
  const expiry = async () => {
    const sessions = rig.identity.database.selectFrom('session').select('expires_at');
    return (await sessions.executeTakeFirstOrThrow()).expires_at;
  };
  const before = await expiry();
  for (let day = 0; day < 29; day += 1) {
    rig.clock.advance(24 * 3_600_000);
    ({ refreshToken } = await refresh(rig, refreshToken));
  }
  assert.deepEqual(await expiry(), before);
  rig.clock.advance(24 * 3_600_000);
  const expired = { status: 'UNAUTHENTICATED', reason: 'SESSION_EXPIRED' } as const;
  await rejects(() => refresh(rig, refreshToken), expired);
  await rejects(() => refresh(rig, refreshToken), expired);
  const { auth, context } = rig;
  const why = await auth.explainSignOut({ refreshToken }, context());
  assert.equal(why.reason, SessionEndReason.EXPIRED);
});

test('nobody makes a refresh token, or one of another session, or for another use, of one that he has', async () => {
  await using rig = await openIdentity(url);
  const { refreshToken, accessToken, sessionId } = await rig.signUp();
  const bytes = Buffer.from(refreshToken, 'base64url');
  const flipped = Buffer.from(bytes);
  flipped.writeUInt32BE(2, 16);
  const { tokens } = rig.identity;
  const stranger = await openIdentity(await postgres.createDatabase(migrations));
  for (const token of [
    ...['', 'x', accessToken, `${refreshToken}=`, refreshToken.slice(0, -1)],
    ...[flipped.toString('base64url'), bytes.subarray(0, 20).toString('base64url')],
    tokens.make('reset_password', sessionId, 1),
    tokens.make('refresh', sessionId, 2),
    tokens.make('refresh', '00000000-0000-7000-8000-000000000000', 1),
    stranger.identity.tokens.make('refresh', sessionId, 1),
  ]) {
    await rejects(() => refresh(rig, token), {
      ...{ status: 'UNAUTHENTICATED', reason: 'REFRESH_TOKEN_INVALID' },
    });
  }
  await stranger[Symbol.asyncDispose]();
  await refresh(rig, refreshToken);
});

test('who signs out is out, by either token, and is told why', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const one = await rig.signUp();
  const other = await auth.login(
    { email: 'ada@example.org', password: PASSWORD, code: '' },
    context(),
  );
  await auth.logout({ refreshToken: one.refreshToken }, context());
  await auth.logout({ refreshToken: one.refreshToken }, context());
  await auth.logout({ refreshToken: '' }, context({ as: other }));
  await auth.logout({ refreshToken: '' }, context());
  for (const { refreshToken } of [one, other]) {
    await rejects(() => refresh(rig, refreshToken), ENDED);
    const why = await auth.explainSignOut({ refreshToken }, context());
    assert.equal(why.reason, SessionEndReason.LOGOUT);
  }
  const revoked = await rig.identity.database.selectFrom('revocation').select('sid').execute();
  assert.deepEqual(
    new Set(revoked.map(({ sid }) => sid)),
    new Set([one.sessionId, other.sessionId]),
  );
});
