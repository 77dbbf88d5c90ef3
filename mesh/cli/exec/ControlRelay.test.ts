import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ControlRelay } from './ControlRelay.ts';

/** Says its name to whoever connects, and repeats what it is told. */
async function controlPlane(t: TestContext, name: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(stop);
  return { address: `127.0.0.1:${port}`, stop };
}

async function socketPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-relay-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'control.sock');
}

async function clientOf(relay: ControlRelay): Promise<Socket> {
  const client = connect(relay.target.slice('unix://'.length));
  client.on('error', () => {}).setEncoding('utf8');
  await once(client, 'connect');
  return client;
}

async function hear(client: Socket): Promise<string> {
  const [text] = await once(client, 'data');
  return text;
}

test('a program hears of changes from the other control plane when its own is gone', async (t) => {
  const first = await controlPlane(t, 'first');
  const second = await controlPlane(t, 'second');
  await using relay = await ControlRelay.start(
    `ipv4:${first.address},${second.address}`,
    await socketPath(t),
  );
  const client = await clientOf(relay);
  assert.equal(await hear(client), 'first');
  client.write('a request');
  assert.equal(await hear(client), 'a request');
  const closed = once(client, 'close');
  first.stop();
  await closed;
  assert.equal(await hear(await clientOf(relay)), 'second');
  second.stop();
  // And it is told when none is there, so that it tries again.
  const refused = await clientOf(relay);
  refused.resume();
  await once(refused, 'close');
});

test('a program that has ended leaves no connection at the control plane, and nothing that keeps weft running', async (t) => {
  const control = await controlPlane(t, 'only');
  const relay = await ControlRelay.start(control.address, await socketPath(t));
  const client = await clientOf(relay);
  await hear(client);
  const closed = once(client, 'close');
  await relay[Symbol.asyncDispose]();
  await closed;
});

test('nobody but the owner of a program gets to its control plane by its socket', async (t) => {
  const path = await socketPath(t);
  await using relay = await ControlRelay.start('127.0.0.1:1', path);
  assert.equal(relay.target, `unix://${path}`);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a state folder with a long path is no hindrance', async (t) => {
  const control = await controlPlane(t, 'only');
  const path = join(await socketPath(t), 'x'.repeat(100));
  await using relay = await ControlRelay.start(control.address, path);
  assert.equal(await hear(await clientOf(relay)), 'only');
  const folder = dirname(relay.target.slice('unix://'.length));
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
});
