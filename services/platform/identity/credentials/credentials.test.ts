import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { AuditServiceDefinition } from '@weft/proto/identity/v1/audit';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import { MailKind, MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import { SessionEndReason } from '@weft/proto/identity/v1/session';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, PASSWORD, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';

const postgres = usePostgres();
const EMAIL = 'ada@example.org';
const NEW_PASSWORD = 'another harbour, further on';
const WRONG = { status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_INVALID' } as const;
let url: string;

beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const login = ({ auth, context }: TestIdentity, email: string, password: string) =>
  auth.login({ email, password, code: '' }, context());
const kinds = async (rig: TestIdentity, email: string) =>
  (await rig.mails(email)).map(({ kind }) => kind);
const refreshes = async ({ auth, context }: TestIdentity, { refreshToken }: LoginResponse) => {
  const [outcome] = await Promise.allSettled([auth.refresh({ refreshToken }, context())]);
  return outcome?.status === 'fulfilled';
};

test('a changed password ends all other sessions, and its owner is told', async () => {
  await using rig = await openIdentity(url);
  const here = await rig.signUp();
  const there = await login(rig, EMAIL, PASSWORD);
  const { changePassword } = rig.handlers(CredentialServiceDefinition);
  const change = (password: string, newPassword: string) =>
    changePassword({ userId: 'me', password, newPassword }, rig.context({ as: here }));
  await rejects(() => change('wrong', NEW_PASSWORD), WRONG);
  await rejects(() => change('', NEW_PASSWORD), WRONG);
  await rejects(() => change(PASSWORD, EMAIL), {
    ...{ status: 'INVALID_ARGUMENT', reason: 'PASSWORD_IS_ADDRESS', field: 'new_password' },
  });
  await change(PASSWORD, NEW_PASSWORD);
  assert.equal(await refreshes(rig, here), true);
  assert.equal(await refreshes(rig, there), false);
  const why = await rig.auth.explainSignOut({ refreshToken: there.refreshToken }, rig.context());
  assert.equal(why.reason, SessionEndReason.PASSWORD_CHANGED);
  await rejects(() => login(rig, EMAIL, PASSWORD), WRONG);
  await login(rig, EMAIL, NEW_PASSWORD);
  assert.equal((await kinds(rig, EMAIL))[0], MailKind.PASSWORD_CHANGED);
});

test('a forgotten password is set anew by a link, once, and all sessions end', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const session = await rig.signUp();
  await auth.forgotPassword({ email: EMAIL }, context());
  await auth.forgotPassword({ email: 'Ada@Example.org' }, context());
  const [second, first] = await rig.mails(EMAIL);
  assert.equal(first?.kind, MailKind.RESET_PASSWORD);
  const reset = (token = '', password = NEW_PASSWORD) =>
    auth.resetPassword({ token, password }, context());
  await rejects(() => reset(second?.token, 'password'), {
    ...{ status: 'INVALID_ARGUMENT', reason: 'PASSWORD_TOO_COMMON', field: 'password' },
  });
  const races = await Promise.allSettled(
    ['one', 'two', 'three'].map((each) => reset(second?.token, `${NEW_PASSWORD} ${each}`)),
  );
  assert.equal(races.filter(({ status }) => status === 'fulfilled').length, 1);
  const won = ['one', 'two', 'three'][races.findIndex(({ status }) => status === 'fulfilled')];
  // The answer may have been lost: the same again is no failure, and nothing else is good.
  await reset(second?.token, `${NEW_PASSWORD} ${won}`);
  const invalid = { status: 'FAILED_PRECONDITION', reason: 'TOKEN_INVALID' } as const;
  await rejects(() => reset(second?.token, 'something else'), invalid);
  await rejects(() => reset(first?.token, 'something else'), invalid);
  await rejects(() => reset(session.refreshToken), invalid);
  assert.equal(await refreshes(rig, session), false);
  await login(rig, EMAIL, `${NEW_PASSWORD} ${won}`);
});

test('a link is good for its time', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  await rig.signUp();
  await auth.forgotPassword({ email: EMAIL }, context());
  const [mail] = await rig.mails(EMAIL);
  rig.clock.advance(3_600_001);
  await rejects(
    () => auth.resetPassword({ token: mail?.token ?? '', password: NEW_PASSWORD }, context()),
    { status: 'FAILED_PRECONDITION', reason: 'TOKEN_INVALID' },
  );
  await auth.register({ email: 'new@example.org', password: PASSWORD, displayName: '' }, context());
  const [asked] = await rig.mails('new@example.org');
  rig.clock.advance(24 * 3_600_000 + 1);
  await rejects(() => auth.verifyEmail({ token: asked?.token ?? '' }, context()), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'TOKEN_INVALID' },
  });
});

test('who has an account, and who has not, hears the same of a forgotten password; the mail tells', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  await rig.signUp();
  const statements: string[] = [];
  const { database } = rig.identity;
  const watched = database.withPlugin({
    transformQuery: ({ node }) => {
      statements.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const answers = [];
  const { forgotPassword } = await import('../auth/forgotPassword.ts');
  const handler = forgotPassword({ ...rig.identity, database: watched });
  for (const email of [EMAIL, 'nobody@example.org']) {
    statements.length = 0;
    const answer = await handler({ email }, context());
    answers.push(JSON.stringify([answer, statements]));
  }
  assert.equal(answers[0], answers[1]);
  assert.equal((await kinds(rig, EMAIL))[0], MailKind.RESET_PASSWORD);
  assert.deepEqual(await kinds(rig, 'nobody@example.org'), [MailKind.NO_ACCOUNT]);
  const [mail] = await rig.mails('nobody@example.org');
  assert.equal(mail?.token, '');
  // Nobody's address is flooded.
  for (let time = 0; time < 10; time += 1) {
    await auth.forgotPassword({ email: 'nobody@example.org' }, context());
  }
  assert.equal((await rig.mails('nobody@example.org')).length, 5);
});

test('another address is the account’s once its link is followed, and the former one is told', async () => {
  await using rig = await openIdentity(url);
  const { auth, context } = rig;
  const user = await rig.signUp();
  await rig.signUp('bob@example.org');
  const { changeEmail } = rig.handlers(CredentialServiceDefinition);
  const change = (newEmail: string, password = PASSWORD) =>
    changeEmail({ userId: user.userId, password, newEmail }, context({ as: user }));
  await rejects(() => change('eve@example.org', 'wrong'), WRONG);
  assert.deepEqual(await kinds(rig, 'eve@example.org'), []);
  await change('Lovelace@example.org');
  await login(rig, EMAIL, PASSWORD);
  const [mail] = await rig.mails('lovelace@example.org');
  assert.equal(mail?.kind, MailKind.CHANGE_EMAIL);
  assert.equal((await kinds(rig, EMAIL))[0], MailKind.EMAIL_CHANGE_REQUESTED);
  for (let time = 0; time < 2; time += 1) {
    const followed = await auth.verifyEmail({ token: mail.token }, context());
    assert.equal(followed.user?.email, 'lovelace@example.org');
  }
  assert.equal((await kinds(rig, EMAIL))[0], MailKind.EMAIL_CHANGED);
  await rejects(() => login(rig, EMAIL, PASSWORD), WRONG);
  await login(rig, 'lovelace@example.org', PASSWORD);
  // A taken one is not told to who asks.
  assert.deepEqual(await change('bob@example.org'), { success: true });
  const [taken] = await rig.mails('bob@example.org');
  assert.equal(taken?.kind, MailKind.ADDRESS_TAKEN);
  // Nor is one that is taken while the link waits.
  await change('carol@example.org');
  const [late] = await rig.mails('carol@example.org');
  await rig.signUp('carol@example.org');
  await rejects(() => auth.verifyEmail({ token: late?.token ?? '' }, context()), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'TOKEN_INVALID' },
  });
});

test('nobody touches the credentials of another user, nor without a session', async () => {
  await using rig = await openIdentity(url);
  const ada = await rig.signUp();
  const bob = await rig.signUp('bob@example.org');
  const service = rig.handlers(CredentialServiceDefinition);
  for (const call of [
    service.changePassword,
    service.changeEmail,
    service.enrollTotp,
    service.confirmTotp,
    service.disableTotp,
    service.replaceRecoveryCodes,
  ]) {
    const request = {
      ...{ userId: ada.userId, password: PASSWORD, code: '000000' },
      ...{ newPassword: NEW_PASSWORD, newEmail: 'eve@example.org' },
    };
    await rejects(() => call(request, rig.context({ as: bob })), { status: 'PERMISSION_DENIED' });
    await rejects(() => call({ ...request, userId: 'me' }, rig.context()), {
      ...{ status: 'UNAUTHENTICATED', reason: 'USER_REQUIRED' },
    });
  }
});

test('what has happened to an account is in its trail, page by page, and holds no secret', async () => {
  await using rig = await openIdentity(url);
  const user = await rig.signUp();
  await rejects(() => login(rig, EMAIL, 'a guess that failed'), WRONG);
  await rig.auth.logout({ refreshToken: user.refreshToken }, rig.context());
  const { listAuditEvents } = rig.handlers(AuditServiceDefinition);
  const actions: string[] = [];
  let pageToken = '';
  do {
    const request = { userId: 'me', pageSize: 2, pageToken };
    const page = await listAuditEvents(request, rig.context({ as: user }));
    actions.push(...(page.auditEvents ?? []).map((event) => event.action ?? ''));
    assert.ok(page.auditEvents?.every(({ address }) => address === '192.0.2.1'));
    assert.doesNotMatch(JSON.stringify(page), /guess|harbour|\$argon2/);
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.deepEqual(actions, ['logout', 'login_failed', 'login', 'registered']);
});

test('mails are told to who sends them and to the operator, and no event holds an address or a token', async () => {
  await using rig = await openIdentity(url);
  await rig.signUp();
  const { getMail, listMails } = rig.handlers(MailServiceDefinition);
  const [mail] = await rig.mails(EMAIL);
  const { mailId = '', token = '' } = mail ?? {};
  for (const peer of ['gateway', 'order', 'notification-2']) {
    const context = rig.context({ peer });
    await rejects(() => getMail({ mailId }, context), { status: 'PERMISSION_DENIED' });
    await rejects(() => listMails({ email: EMAIL }, context), { status: 'PERMISSION_DENIED' });
  }
  assert.deepEqual((await getMail({ mailId }, rig.context({ peer: 'notification' }))).mail, mail);
  const sent = JSON.stringify(await rig.events());
  assert.ok(token.length > 0 && !sent.includes(token) && !sent.includes('example.org'));
  rig.clock.advance(8 * 24 * 3_600_000);
  await rejects(() => getMail({ mailId }, rig.context({ peer: 'cli' })), { status: 'NOT_FOUND' });
});
