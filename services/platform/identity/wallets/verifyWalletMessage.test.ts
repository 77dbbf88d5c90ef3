import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { TestWallet } from '../testing/TestWallet.ts';
import { verifyWalletMessage } from './verifyWalletMessage.ts';

const policy = { domains: ['localhost:8080'], chains: [1] };
const now = new Date('2026-05-01T12:00:00Z');
const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
/** The first account of the mnemonic "test test test ... junk", which Ethereum's tools share. */
const wallet = new TestWallet('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const message = (fields: Parameters<TestWallet['message']>[0] | object = {}) =>
  wallet.message({ nonce: 'abcdefgh12345678', issuedAt: now, ...fields });
const verify = (text: string, signature: string = wallet.sign(text)) =>
  verifyWalletMessage(text, signature, policy, now);

function refused(reason: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, Status.UNAUTHENTICATED);
    assert.deepEqual(error.details, [errorInfo(reason)]);
    return true;
  };
}

function malformed(field: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, Status.INVALID_ARGUMENT);
    assert.match(error.message, new RegExp(`^${field}: `));
    return true;
  };
}

test('a wallet signs in by what it has signed, and by nothing else', () => {
  assert.deepEqual(
    verify(message({ expirationTime: minutes(5), resources: ['https://example.com/claim.json'] })),
    {
      address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
      chainId: 1,
      nonce: 'abcdefgh12345678',
    },
  );
  const stranger = new TestWallet();
  assert.throws(
    () => verify(message(), stranger.sign(message())),
    refused('WALLET_SIGNATURE_INVALID'),
  );
  const other = message({ nonce: 'ABCDEFGH12345678' });
  assert.throws(() => verify(other, wallet.sign(message())), refused('WALLET_SIGNATURE_INVALID'));
});

test('a message for another site signs nobody in here', () => {
  for (const domain of ['evil.example', 'localhost:8081', 'localhost', 'evil.example:8080']) {
    assert.throws(() => verify(message({ domain })), refused('WALLET_DOMAIN_MISMATCH'), domain);
  }
  for (const uri of ['https://evil.example/', 'http://localhost:8080@evil.example/']) {
    assert.throws(() => verify(message({ uri })), refused('WALLET_DOMAIN_MISMATCH'), uri);
  }
});

test('a message for another chain, a past or a coming time signs nobody in', () => {
  assert.throws(() => verify(message({ chainId: 137 })), refused('WALLET_CHAIN_NOT_ALLOWED'));
  assert.throws(() => verify(message({ expirationTime: now })), refused('WALLET_MESSAGE_EXPIRED'));
  assert.throws(
    () => verify(message({ notBefore: minutes(2) })),
    refused('WALLET_MESSAGE_NOT_YET_VALID'),
  );
  assert.throws(
    () => verify(message({ issuedAt: minutes(2) })),
    refused('WALLET_MESSAGE_NOT_YET_VALID'),
  );
  verify(message({ issuedAt: minutes(0.9), notBefore: minutes(0.9) }));
});

test('what is no message of EIP-4361 is refused by its field, however it is signed', () => {
  const good = message({ statement: 'Sign in', expirationTime: minutes(5), requestId: 'r' });
  verify(good);
  const lines = good.split('\n');
  const without = (begin: string) => lines.filter((line) => !line.startsWith(begin)).join('\n');
  const mangled = [
    '',
    'hello',
    ...['localhost', '0x', 'URI', 'Version', 'Chain', 'Nonce', 'Issued'].map(without),
    good.replace('Version: 1', 'Version: 2'),
    good.replace('Nonce: abcdefgh12345678', 'Nonce: abc'),
    good.replace('Nonce: abcdefgh12345678', 'Nonce: abcdefgh-2345678'),
    good.replace(wallet.address, wallet.address.toLowerCase()),
    good.replace(/Issued At: .*/, 'Issued At: Fri May 01 2026 12:00:00 GMT+0000'),
    good.replace(/Issued At: .*/, 'Issued At: 2026-13-01T12:00:00Z'),
    good.replace(/Expiration Time: .*/, 'Expiration Time: tomorrow'),
    good.replace('Sign in', 'Sign\nin'),
    `${good}\nNonce: 0000000000000000`,
    `x\n${good}`,
    good.replace(/(Chain ID: .*)\n(Nonce: .*)/, '$2\n$1'),
  ];
  for (const text of mangled) {
    assert.throws(() => verify(text), malformed('message'), text);
  }
});

test('what is no signature is refused by its field', () => {
  const text = message();
  const good = wallet.sign(text);
  for (const signature of ['', '0x', 'zz', good.slice(0, -2), `${good}00`, good.slice(2)]) {
    assert.throws(() => verify(text, signature), malformed('signature'), signature);
  }
  for (const signature of [`0x${'00'.repeat(65)}`, `0x${'ff'.repeat(65)}`]) {
    assert.throws(() => verify(text, signature), refused('WALLET_SIGNATURE_INVALID'), signature);
  }
});
