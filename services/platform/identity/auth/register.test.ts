import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { MailKind } from '@weft/proto/identity/v1/mail';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { register } from './register.ts';

const postgres = usePostgres();
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

test('who registers has an account once the link of the mail is followed, however often that is', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const asked = { email: 'Ada@Example.org', password: PASSWORD, displayName: 'Ada' };
  assert.deepEqual(await auth.register(asked, context()), { success: true });
  const [mail] = await rig.mails('ada@example.org');
  assert.equal(mail?.kind, MailKind.VERIFY_EMAIL);
  assert.equal(mail.email, 'ada@example.org');
  const follow = () => auth.verifyEmail({ token: mail.token }, context());
  const [{ user }] = await Promise.all([follow(), follow(), follow()]);
  assert.partialDeepStrictEqual(user, { email: 'ada@example.org', displayName: 'Ada' });
  assert.deepEqual(await follow(), { success: true, user });
  const subjects = (await rig.events()).map(({ subject }) => subject);
  assert.deepEqual(subjects, ['identity.mail_requested', 'identity.user_registered']);
});

test('who asks for an address that is taken learns nothing by it, and its owner is told', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const { userId } = await rig.signUp();
  const statements: string[] = [];
  const { database } = rig.identity;
  const watched = database.withPlugin({
    transformQuery: ({ node }) => {
      statements.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const handler = register({ ...rig.identity, database: watched });
  const answers = [];
  for (const email of ['ADA@example.org', 'bob@example.org']) {
    statements.length = 0;
    const answer = await handler(
      { email, password: 'an intruder’s one', displayName: '' },
      context(),
    );
    answers.push(JSON.stringify([answer, statements]));
  }
  assert.equal(answers[0], answers[1]);
  const [mail] = await rig.mails('ada@example.org');
  assert.equal(mail?.kind, MailKind.ADDRESS_TAKEN);
  assert.equal(mail.token, '');
  const again = await auth.login(
    { email: 'ada@example.org', password: PASSWORD, code: '' },
    context(),
  );
  assert.equal(again.userId, userId);
  const accounts = await database.selectFrom('account').select('email').execute();
  assert.deepEqual(accounts, [{ email: 'ada@example.org' }]);
});

test('of two who ask for one address, the one whose link is followed has it, with his own password', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const ask = (password: string) =>
    auth.register({ email: 'ada@example.org', password, displayName: '' }, context());
  await ask('a stranger’s password');
  const [strangers] = await rig.mails('ada@example.org');
  await ask(PASSWORD);
  const [own] = await rig.mails('ada@example.org');
  await auth.verifyEmail({ token: own?.token ?? '' }, context());
  await rejects(() => auth.verifyEmail({ token: strangers?.token ?? '' }, context()), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'TOKEN_INVALID' },
  });
  const login = (password: string) =>
    auth.login({ email: 'ada@example.org', password, code: '' }, context());
  await rejects(() => login('a stranger’s password'), {
    ...{ status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' },
  });
  await login(PASSWORD);
});

test('passwords that are tried first are refused, and nothing is stored', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  for (const [password, reason] of [
    ['password1', 'PASSWORD_TOO_COMMON'],
    ['Password1', 'PASSWORD_TOO_COMMON'],
    // The same in wide letters.
    ['ｐａｓｓｗｏｒｄ１', 'PASSWORD_TOO_COMMON'],
    ['Lovelace@example.org', 'PASSWORD_IS_ADDRESS'],
    ['lovelace', 'PASSWORD_IS_ADDRESS'],
    ['example.org', 'PASSWORD_IS_ADDRESS'],
  ] as const) {
    const request = { email: 'Lovelace@Example.org', password, displayName: '' };
    await rejects(() => auth.register(request, context()), {
      ...{ status: 'INVALID_ARGUMENT', reason, field: 'password' },
    });
  }
  assert.deepEqual(
    await rig.identity.database.selectFrom('registration').select('id').execute(),
    [],
  );
});
