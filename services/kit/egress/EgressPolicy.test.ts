import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { EgressPolicy } from './EgressPolicy.ts';

const anybody = new EgressPolicy();

for (const address of [
  ...['127.0.0.1', '127.255.0.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255'],
  ...['192.168.0.1', '100.64.0.1', '169.254.169.254', '192.0.0.8', '198.18.0.1', '224.0.0.1'],
  ...['255.255.255.255', '::', '::1', 'fe80::1', 'fd12::1', 'ff02::1', '::ffff:10.0.0.1'],
  ...['::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::a00:1', '2002:7f00:1::1', '2001:0:1::1'],
  ...['2001:db8::1', 'localhost', 'example.com', ''],
]) {
  test(`no service is led to "${address}"`, () => {
    assert.equal(anybody.allows(address), false);
  });
}

test('the internet is open, to its borders', () => {
  const open = [
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.128.0.0',
    '11.0.0.0',
    '223.255.255.255',
  ];
  for (const address of [...open, '2606:4700::1111', '2a00::1', '2001:4860:4860::8888']) {
    assert.equal(anybody.allows(address), true, address);
  }
});

test('what the operator names is open, and nothing beside it', () => {
  const policy = new EgressPolicy(['10.1.0.0/16', 'fd00:1::/32']);
  assert.equal(policy.allows('10.1.200.7'), true);
  assert.equal(policy.allows('10.2.0.1'), false);
  assert.equal(policy.allows('fd00:1::9'), true);
  assert.equal(policy.allows('fd00:2::9'), false);
  for (const network of ['10.1.0.0', '10.1.0.0/33', 'host/8', 'fd00::/129', '']) {
    assert.throws(() => new EgressPolicy([network]), /is no network/, network);
  }
});

test('an address in a URL is judged at once, a name when it is looked up', () => {
  for (const url of [
    'ws://127.1',
    'ws://0x7f000001',
    'ws://2130706433',
    'ws://[::1]',
    'ws://[::ffff:127.0.0.1]:1',
  ]) {
    assert.equal(anybody.allowsHost(new URL(url).hostname), false, url);
  }
  assert.equal(anybody.allowsHost('db.internal'), true);
});

test('a name that leads to this machine leads nowhere, however it is asked for', async () => {
  const server = createServer(() => assert.fail('somebody has come')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    for (const options of [{}, { family: 4 }, { autoSelectFamily: false }]) {
      const socket = connect({ host: 'localhost', port, lookup: anybody.lookup, ...options });
      const [error] = await once(socket, 'error');
      assert.equal(error.name, 'ForbiddenAddressError');
    }
  } finally {
    server.close();
  }
});

test('of a name with several addresses, only those that are allowed are connected to', async (t) => {
  answerNames(t, [['127.0.0.2', '10.0.0.1', '127.0.0.3']]);
  const policy = new EgressPolicy(['127.0.0.2/31']);
  const lookup = promisify(policy.lookup) as unknown as (
    name: string,
    options: { all: boolean },
  ) => Promise<{ address: string }[]>;
  const found = await lookup('exchange.example', { all: true });
  assert.deepEqual(
    found.map(({ address }) => address),
    ['127.0.0.2', '127.0.0.3'],
  );
});

test('a name that changes its address after it was looked at leads nowhere else', async (t) => {
  const asked = answerNames(t, [['127.0.0.2'], ['127.0.0.1']]);
  const visitors: string[] = [];
  const server = createServer((socket) => {
    visitors.push(socket.localAddress ?? '');
    socket.end();
  }).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { lookup } = new EgressPolicy(['127.0.0.2/32']);
  try {
    const first = connect({ host: 'exchange.example', port, lookup });
    await once(first.resume(), 'close');
    const second = connect({ host: 'exchange.example', port, lookup });
    const [error] = await once(second, 'error');
    assert.equal(error.name, 'ForbiddenAddressError');
    assert.deepEqual(visitors, ['::ffff:127.0.0.2']);
    assert.equal(asked(), 2);
  } finally {
    server.close();
  }
});

/** Answers look-ups with these addresses, one after the other. @returns how many there were. */
function answerNames(t: TestContext, answers: readonly (readonly string[])[]): () => number {
  let count = 0;
  const answer = (_name: string, _options: object, callback: (...args: unknown[]) => void) => {
    const addresses = answers[count++] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  };
  const mocked = t.mock.method(dns, 'lookup', answer as never);
  syncBuiltinESMExports();
  t.after(() => {
    mocked.mock.restore();
    syncBuiltinESMExports();
  });
  return () => count;
}
