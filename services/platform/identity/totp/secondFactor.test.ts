import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import { Secret } from 'otpauth';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { totpOf } from './totpOf.ts';

const postgres = usePostgres();
const INVALID = { status: 'UNAUTHENTICATED', reason: 'SECOND_FACTOR_INVALID' } as const;
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const login = ({ auth, context }: TestIdentity, code = '', password = PASSWORD) =>
  auth.login({ email: 'ada@example.org', password, code }, context());

/** Turns it on. @returns how an authenticator app makes codes now, and the recovery codes. */
async function enable(rig: TestIdentity, as: LoginResponse) {
  const { enrollTotp, confirmTotp } = rig.handlers(CredentialServiceDefinition);
  const context = rig.context({ as });
  const { secret = '', uri } = await enrollTotp({ userId: 'me', password: PASSWORD }, context);
  assert.match(
    uri ?? '',
    /^otpauth:\/\/totp\/Weft:ada%40example.org\?issuer=Weft&secret=[A-Z2-7]{32}&/,
  );
  const totp = totpOf(Secret.fromBase32(secret).bytes);
  const code = () => totp.generate({ timestamp: rig.clock.now().getTime() });
  const wrong = code() === '000000' ? '000001' : '000000';
  await rejects(() => confirmTotp({ userId: 'me', code: wrong }, context), INVALID);
  await login(rig);
  const { recoveryCodes = [] } = await confirmTotp({ userId: 'me', code: code() }, context);
  return { code, recoveryCodes };
}

test('with a second factor, signing in takes a code, and each code once, also of those that come at once', async () => {
  await using rig = await openIdentity(url);
  const { code } = await enable(rig, await rig.signUp());
  await rejects(() => login(rig), { status: 'UNAUTHENTICATED', reason: 'SECOND_FACTOR_REQUIRED' });
  // The code that has confirmed it is used up.
  await rejects(() => login(rig, code()), INVALID);
  rig.clock.advance(30_000);
  const current = code();
  const tries = await Promise.allSettled(Array.from({ length: 6 }, () => login(rig, current)));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
  await rejects(() => login(rig, current), INVALID);
  rig.clock.advance(60_000);
  const later = code();
  await login(rig, later);
  // One of an earlier step is not taken after it, though its time is not over.
  rig.clock.advance(-30_000);
  const earlier = code();
  rig.clock.advance(30_000);
  await rejects(() => login(rig, earlier), INVALID);
  // Whoever does not know the password learns nothing of the second factor.
  await rejects(() => login(rig, later, 'wrong'), {
    ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
  });
});

test('who has lost the second factor signs in by a recovery code, each once, and turns it off', async () => {
  await using rig = await openIdentity(url);
  const user = await rig.signUp();
  const { recoveryCodes } = await enable(rig, user);
  assert.equal(new Set(recoveryCodes).size, 10);
  const [first = '', second = '', third = '', fourth = ''] = recoveryCodes;
  const tries = await Promise.allSettled(Array.from({ length: 4 }, () => login(rig, first)));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
  await login(rig, second.toUpperCase().replace('-', ' '));
  const service = rig.handlers(CredentialServiceDefinition);
  const context = rig.context({ as: user });
  const request = { userId: 'me', password: PASSWORD };
  const replaced = await service.replaceRecoveryCodes({ ...request, code: third }, context);
  await rejects(() => login(rig, fourth), INVALID);
  await rejects(() => service.enrollTotp(request, context), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'SECOND_FACTOR_ENABLED' },
  });
  const [code = ''] = replaced.recoveryCodes ?? [];
  await rejects(() => service.disableTotp({ ...request, code: 'abcde-fghjk' }, context), INVALID);
  await service.disableTotp({ ...request, code }, context);
  await login(rig);
  assert.equal(
    (await rig.auth.refresh({ refreshToken: user.refreshToken }, context)).user?.secondFactor,
    false,
  );
});

test('codes cannot be guessed for as long as one likes', async () => {
  await using rig = await openIdentity(url);
  await enable(rig, await rig.signUp());
  for (let guess = 0; guess < 10; guess += 1) {
    await rejects(() => login(rig, String(guess).padStart(6, '0')), INVALID);
  }
  await rejects(() => login(rig, '000010'), {
    ...{ status: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_ATTEMPTS' },
  });
});

test('the secret of a second factor is of no use to who reads the database', async () => {
  await using rig = await openIdentity(url);
  await enable(rig, await rig.signUp());
  const { database, secret } = rig.identity;
  const row = await database.selectFrom('totp').selectAll().executeTakeFirstOrThrow();
  assert.equal(secret.open('totp', row.account_id, row.secret).length, 20);
  assert.equal(row.secret.length, 12 + 20 + 16);
});
