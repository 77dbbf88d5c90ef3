import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';

const postgres = usePostgres();
const EMAIL = 'ada@example.org';
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const login = (
  { auth, context }: TestIdentity,
  password: string,
  address?: string,
  email = EMAIL,
) => auth.login({ email, password, code: '' }, context(address ? { address } : {}));

test('who signs in is given all that clients of either kind look for', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const answer = await login(rig, PASSWORD, undefined, 'ADA@example.org');
  const { user, accessToken, refreshToken } = answer;
  assert.partialDeepStrictEqual(answer, {
    ...{ success: true, token: accessToken, expiresIn: 900, userId: user?.userId },
  });
  assert.partialDeepStrictEqual(user, { email: EMAIL, verified: true, displayName: 'Ada' });
  assert.match(refreshToken, /^[\w-]{48}$/);
  const { keys } = await rig.identity.keys.jwks();
  assert.deepEqual(decodeProtectedHeader(accessToken), {
    ...{ alg: 'ES256', kid: keys[0]?.kid, typ: 'JWT' },
  });
  assert.partialDeepStrictEqual(decodeJwt(accessToken), {
    ...{ iss: 'weft', aud: 'weft-edge', sub: user?.userId, sid: answer.sessionId },
  });
  assert.partialDeepStrictEqual(
    await rig.auth.validateToken({ token: accessToken }, rig.context()),
    {
      ...{ valid: true, userId: user?.userId, sessionId: answer.sessionId },
    },
  );
});

test('a wrong password, an empty one and an unknown account are told alike, and each is hashed', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const { hasher } = rig.identity;
  let hashed = 0;
  const verify = hasher.verify.bind(hasher);
  hasher.verify = (...given) => {
    hashed += 1;
    return verify(...given);
  };
  await rig.auth.register(
    { email: 'new@example.org', password: PASSWORD, displayName: '' },
    rig.context(),
  );
  const answers = [];
  for (const [email, password] of [
    [EMAIL, 'another password'],
    [EMAIL, ''],
    ['nobody@example.org', PASSWORD],
    ['nobody@example.org', ''],
    // Asked for, and its link not followed yet.
    ['new@example.org', PASSWORD],
  ] as const) {
    const error = await rejects(() => login(rig, password, undefined, email), {
      ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
    });
    answers.push([error.message, JSON.stringify(error.details)]);
  }
  assert.equal(hashed, 5);
  assert.equal(new Set(answers.map(String)).size, 1);
});

test('a decoy hash is no password: who knows it signs in nowhere', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const { account_id } = await rig.identity.database
    .deleteFrom('password')
    .returning('account_id')
    .executeTakeFirstOrThrow();
  assert.ok(account_id);
  await rejects(() => login(rig, ''), { status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' });
});

test('guesses from everywhere shut an account to strangers, and not to its owner where he has been', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const refused = { status: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_ATTEMPTS' } as const;
  // Ten guesses from a place, and no more; 50 of all strangers' within the hour.
  for (let place = 1; place <= 5; place += 1) {
    for (let guess = 1; guess <= 10; guess += 1) {
      await rejects(() => login(rig, `guess ${guess}`, `198.51.100.${place}`), {
        ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
      });
    }
    await rejects(() => login(rig, PASSWORD, `198.51.100.${place}`), refused);
  }
  await rejects(() => login(rig, PASSWORD, '203.0.113.9'), refused);
  // The owner, from where he has signed in before, and everybody else from anywhere.
  await login(rig, PASSWORD);
  await rig.signUp('bob@example.org');
  await login(rig, PASSWORD, '198.51.100.1', 'bob@example.org');
  // An account that there is not is shut in the same way.
  for (let guess = 1; guess <= 10; guess += 1) {
    await rejects(() => login(rig, 'x', '198.51.100.77', 'nobody@example.org'), {
      ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
    });
  }
  await rejects(() => login(rig, 'x', '198.51.100.77', 'nobody@example.org'), refused);
  // It opens again by itself, evenly, and a refused try does not put that off.
  rig.clock.advance(90_000);
  await login(rig, PASSWORD, '203.0.113.9');
});

test('many who fail at once are counted each', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const tries = await Promise.allSettled(
    Array.from({ length: 20 }, () => login(rig, 'wrong', '198.51.100.1')),
  );
  const reasons = tries.map((each) => String((each as PromiseRejectedResult).reason));
  assert.equal(reasons.filter((reason) => /too many attempts/.test(reason)).length, 10);
});

test('a disabled account is told so to its owner alone', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const disabled_at = rig.clock.now();
  await rig.identity.database.updateTable('account').set({ disabled_at }).execute();
  await rejects(() => login(rig, 'wrong'), {
    ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
  });
  await rejects(() => login(rig, PASSWORD), {
    ...{ status: 'PERMISSION_DENIED', reason: 'ACCOUNT_DISABLED' },
  });
});

test('who signs in while the account is disabled or gets another password is not let in after it', async () => {
  await using rig = await openIdentity(url);
  const { userId } = await rig.signUp();
  const { database, hasher } = rig.identity;
  const verify = hasher.verify.bind(hasher);
  const changedMeanwhile = async (change: () => Promise<unknown>) => {
    hasher.verify = async (...given) => {
      const matches = await verify(...given);
      await change();
      return matches;
    };
    await rejects(() => login(rig, PASSWORD), {
      ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
    });
  };
  const hash = await hasher.hash('another password');
  await changedMeanwhile(() =>
    database.updateTable('password').set({ hash }).where('account_id', '=', userId).execute(),
  );
  hasher.verify = verify;
  await login(rig, 'another password');
  await database
    .updateTable('password')
    .set({ hash: await hasher.hash(PASSWORD) })
    .execute();
  await changedMeanwhile(() =>
    database.updateTable('account').set({ disabled_at: rig.clock.now() }).execute(),
  );
  const sessions = await database.selectFrom('session').select('id').execute();
  assert.equal(sessions.length, 2);
});
