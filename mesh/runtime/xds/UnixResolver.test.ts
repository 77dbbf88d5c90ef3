import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { eventually } from '../../testing/eventually.ts';
import { registerUnixResolver } from './UnixResolver.ts';

const bytes = (value: Buffer) => value;
const PATH = '/test.Echo/Say';

/** Says its name to each who asks. */
async function serve(path: string, name: string): Promise<Server> {
  const server = new Server();
  server.register(
    PATH,
    (_: unknown, done: (error: null, name: Buffer) => void) => done(null, Buffer.from(name)),
    bytes,
    bytes,
    'unary',
  );
  await new Promise<void>((resolve, reject) => {
    const done = (error: Error | null) => (error ? reject(error) : resolve());
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), done);
  });
  return server;
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-unix-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function ask(client: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      PATH,
      bytes,
      bytes,
      Buffer.alloc(0),
      { deadline: Date.now() + 10_000 },
      (error, name) => (error ? reject(error) : resolve(String(name))),
    );
  });
}

test('a service goes to the other control plane of its host when its own is gone', async (t) => {
  registerUnixResolver();
  const folder = await folderOf(t);
  const [one, two] = [join(folder, 'one.sock'), join(folder, 'two.sock')];
  const first = await serve(one, 'first');
  const second = await serve(two, 'second');
  t.after(() => second.forceShutdown());
  const client = new Client(`unix:${one},${two}`, credentials.createInsecure());
  t.after(() => client.close());
  assert.equal(await ask(client), 'first');
  first.forceShutdown();
  await eventually(async () => assert.equal(await ask(client), 'second'), 30_000);
});

test('one socket is found as grpc-js finds it, however its path is written', async (t) => {
  registerUnixResolver();
  const path = join(await folderOf(t), 'one.sock');
  const server = await serve(path, 'it');
  t.after(() => server.forceShutdown());
  for (const target of [`unix:${path}`, `unix://${path}`]) {
    const client = new Client(target, credentials.createInsecure());
    assert.equal(await ask(client), 'it', target);
    client.close();
  }
});
