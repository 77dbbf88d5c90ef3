import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import { WalletServiceDefinition } from '@weft/proto/identity/v1/wallet';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { migrations, openIdentity, type TestIdentity } from '../testing/openIdentity.ts';
import { rejects } from '../testing/rejects.ts';
import { TestWallet } from '../testing/TestWallet.ts';

const postgres = usePostgres();
let url: string;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
});

const walletsOf = ({ handlers }: TestIdentity) => handlers(WalletServiceDefinition);

/** A message that the wallet has signed here and now, as a request has it. */
async function signed(
  identity: TestIdentity,
  wallet: TestWallet,
  fields: Partial<Parameters<TestWallet['message']>[0]> = {},
) {
  const { nonce = '' } = await walletsOf(identity).createWalletNonce({}, identity.context());
  const message = wallet.message({ nonce, issuedAt: identity.clock.now(), ...fields });
  return { message, signature: wallet.sign(message) as string };
}

const login = (identity: TestIdentity, request: { message: string; signature: string }) =>
  walletsOf(identity).loginWithWallet({ ...request }, identity.context()) as Promise<LoginResponse>;

test('a wallet makes an account at its first message, and signs in to it from then on', async () => {
  await using identity = await openIdentity(url);
  const wallet = new TestWallet();
  const first = await login(identity, await signed(identity, wallet));
  assert.deepEqual([first.user?.email, first.user?.verified], ['', false]);
  const again = await login(identity, await signed(identity, wallet));
  assert.equal(again.userId, first.userId);
  assert.notEqual(again.sessionId, first.sessionId);
  const other = await login(identity, await signed(identity, new TestWallet()));
  assert.notEqual(other.userId, first.userId);
  const listed = await walletsOf(identity).listWallets(
    { userId: 'me' },
    identity.context({ as: first }),
  );
  assert.deepEqual(
    listed.wallets?.map(({ address }) => address),
    [wallet.address],
  );
  const subjects = (await identity.events()).map(({ subject }) => subject);
  assert.deepEqual(subjects, ['identity.user_registered', 'identity.user_registered']);
});

test('a message signs in once, while its nonce is fresh, and only by a nonce that was given out', async () => {
  await using identity = await openIdentity(url);
  const wallet = new TestWallet();
  const refused = { status: 'UNAUTHENTICATED', reason: 'WALLET_NONCE_INVALID' } as const;
  const replayed = await signed(identity, wallet);
  const both = await Promise.allSettled([login(identity, replayed), login(identity, replayed)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await rejects(() => login(identity, replayed), refused);

  const invented = wallet.message({ nonce: 'a'.repeat(32), issuedAt: identity.clock.now() });
  await rejects(
    () => login(identity, { message: invented, signature: wallet.sign(invented) }),
    refused,
  );
  const late = await signed(identity, wallet);
  identity.clock.advance(10 * 60_000);
  await rejects(() => login(identity, late), refused);
});

test('who shows a message for another site, or another’s, uses up nobody’s nonce', async () => {
  await using identity = await openIdentity(url);
  const wallet = new TestWallet();
  const { nonce = '' } = await walletsOf(identity).createWalletNonce({}, identity.context());
  const issuedAt = identity.clock.now();
  const foreign = wallet.message({ nonce, issuedAt, domain: 'evil.example' });
  await rejects(() => login(identity, { message: foreign, signature: wallet.sign(foreign) }), {
    ...{ status: 'UNAUTHENTICATED', reason: 'WALLET_DOMAIN_MISMATCH' },
  });
  const message = wallet.message({ nonce, issuedAt });
  const stranger = new TestWallet().sign(message);
  await rejects(() => login(identity, { message, signature: stranger }), {
    ...{ status: 'UNAUTHENTICATED', reason: 'WALLET_SIGNATURE_INVALID' },
  });
  await login(identity, { message, signature: wallet.sign(message) });
});

test('of ten messages of a new wallet at once, all sign in to one account', async () => {
  await using identity = await openIdentity(url);
  const wallet = new TestWallet();
  const requests = await Promise.all(Array.from({ length: 10 }, () => signed(identity, wallet)));
  const answers = await Promise.all(requests.map((request) => login(identity, request)));
  assert.equal(new Set(answers.map(({ userId }) => userId)).size, 1);
  assert.equal((await identity.events()).length, 1);
});

test('a user links wallets, signs in with them, and unlinks all but what he needs', async () => {
  await using identity = await openIdentity(url);
  const wallets = walletsOf(identity);
  const [mine, another] = [new TestWallet(), new TestWallet()];
  const ada = await identity.signUp();
  const asAda = identity.context({ as: ada });
  const linked = await wallets.linkWallet(
    { userId: ada.userId, ...(await signed(identity, mine)) },
    asAda,
  );
  assert.equal(linked.wallet?.address, mine.address);
  await wallets.linkWallet({ userId: 'me', ...(await signed(identity, mine)) }, asAda);
  assert.equal((await login(identity, await signed(identity, mine))).userId, ada.userId);

  const bob = await login(identity, await signed(identity, another));
  const asBob = identity.context({ as: bob });
  const taken = { status: 'FAILED_PRECONDITION', reason: 'WALLET_TAKEN' } as const;
  const steal = await signed(identity, mine);
  await rejects(() => wallets.linkWallet({ userId: 'me', ...steal }, asBob), taken);
  // What was refused has used nothing up.
  assert.equal((await login(identity, steal)).userId, ada.userId);

  const address = another.address.toLowerCase();
  await rejects(() => wallets.unlinkWallet({ userId: 'me', address }, asBob), {
    ...{ status: 'FAILED_PRECONDITION', reason: 'LAST_SIGN_IN_METHOD' },
  });
  // Another's wallet is none of his, and there is nothing to unlink.
  await wallets.unlinkWallet({ userId: 'me', address: mine.address }, asBob);
  assert.equal((await login(identity, await signed(identity, mine))).userId, ada.userId);
  await wallets.unlinkWallet({ userId: 'me', address: mine.address }, asAda);
  const newcomer = await login(identity, await signed(identity, mine));
  assert.notEqual(newcomer.userId, ada.userId);
});

test('nobody links to, or lists, what is another user’s', async () => {
  await using identity = await openIdentity(url);
  const wallets = walletsOf(identity);
  const ada = await identity.signUp();
  const bob = await identity.signUp('bob@example.org');
  const asBob = identity.context({ as: bob });
  const { userId } = ada;
  const denied = { status: 'PERMISSION_DENIED' } as const;
  await rejects(() => wallets.listWallets({ userId }, asBob), denied);
  const request = await signed(identity, new TestWallet());
  await rejects(() => wallets.linkWallet({ userId, ...request }, asBob), denied);
  const { address } = new TestWallet();
  await rejects(() => wallets.unlinkWallet({ userId, address }, asBob), denied);
});
