import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { eventually } from '../../testing/eventually.ts';
import { FakeSource } from '../testing/FakeSource.ts';
import { AdsServer } from './AdsServer.ts';
import { isLoopback } from './isLoopback.ts';
import { protoRoot } from './protoRoot.ts';
import { type ResourceType, typeUrl } from './ResourceType.ts';

const log = pino({ level: 'silent' });
const serverOn = (listen: string) => new AdsServer({ listen, source: new FakeSource(), log });

test('only addresses of this machine alone count as loopback', () => {
  for (const address of ['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1', 'unix:/x']) {
    assert.equal(isLoopback(address), true, address);
  }
  for (const address of ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'example.com:1', ':1', '127.0.0.1']) {
    assert.equal(isLoopback(address), false, address);
  }
});

/** What another user of this machine meets who does this with a socket; undefined: nobody can play one but root. */
async function asAnother(method: 'connect' | 'listen', path: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { makes, event } = {
    connect: { makes: 'connect(PATH)', event: 'connect' },
    listen: { makes: 'createServer().listen(PATH)', event: 'listening' },
  }[method];
  const script = `
    const net = require('node:net');
    net.${makes.replace('PATH', JSON.stringify(path))}
      .on('${event}', () => { console.log('in'); process.exit(); })
      .on('error', ({ code }) => { console.log(code); process.exit(); });
  `;
  // NOBODY's, in no group of root's.
  const child = spawn(process.execPath, ['--eval', script], { uid: 65_534, gid: 65_534, cwd: '/' });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(child, 'close');
  return said.trim();
}

test('on a socket no other user is served, and none can serve in its place while it is away', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-ads-'));
  t.after(() => rm(folder, { recursive: true }));
  // What others may see of it is not what keeps them away.
  await chmod(folder, 0o755);
  const path = join(folder, 'sockets', 'control.sock');
  const server = serverOn(`unix:${path}`);
  await server.start();
  t.after(() => server.stop());
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, 'sockets'))).mode & 0o777, 0o700);
  await assert.rejects(serverOn(`unix:${path}`).start(), /EADDRINUSE: .*control\.sock/);

  const client = new Client(server.target, credentials.createInsecure());
  const { call, failed } = open(client);
  call.write({ node: { user_agent_name: 'envoy' } });
  assert.match((await failed).details, /weft-sds/);
  client.close();

  const seen = [await asAnother('connect', path)];
  await server.stop();
  seen.push(await asAnother('listen', path), await asAnother('listen', join(folder, 'its.sock')));
  for (const one of seen.filter((each) => each !== undefined)) assert.equal(one, 'EACCES');
  if (seen[0] === undefined) t.diagnostic('without root nobody can play another user');
});

test('a socket in a folder that others may write to is refused', async () => {
  const path = join('/tmp', `weft-${process.pid}.sock`);
  await assert.rejects(serverOn(`unix:${path}`).start(), /others may write to \/tmp/);
});

test('refuses to serve plain text to the network', async () => {
  await assert.rejects(serverOn('0.0.0.0:0').start(), /loopback only: 0\.0\.0\.0:0 is not/);
});

test('a port that is taken is an error that names it', async () => {
  const first = serverOn('127.0.0.1:0');
  await first.start();
  const address = first.target.slice('ipv4:'.length);
  await assert.rejects(serverOn(address).start(), new RegExp(`EADDRINUSE.*${address}`));
  await first.stop();
});

const requestType = protoRoot.lookupType('envoy.service.discovery.v3.DiscoveryRequest');

function open(client: Client) {
  const call = client.makeBidiStreamRequest(
    '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
    (message: object) => Buffer.from(requestType.encode(requestType.fromObject(message)).finish()),
    (bytes: Buffer) => bytes,
  );
  call.resume();
  const failed = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  return { call, failed };
}

test('a client that cannot be served hears why', async () => {
  const server = serverOn('127.0.0.1:0');
  await server.start();
  const client = new Client(server.target, credentials.createInsecure());
  const { call, failed } = open(client);
  call.write({ node: { user_agent_name: 'envoy' } });
  const error = await failed;
  assert.equal(error.code, status.INVALID_ARGUMENT);
  assert.match(error.details, /weft-sds/);
  assert.deepEqual(server.streams, []);
  client.close();
  await server.stop();
});

test('one stream too many is refused, and who leaves makes room, also one that never said a word', async () => {
  const source = new FakeSource();
  const server = new AdsServer({ listen: '127.0.0.1:0', source, log, maxStreams: 2 });
  await server.start();
  const client = new Client(server.target, credentials.createInsecure());
  const [silent, speaking] = [open(client), open(client)];
  speaking.call.write({ node: { id: 'speaking' } });
  await eventually(() => assert.equal(server.streams.length, 1), 30_000);
  const error = await open(client).failed;
  assert.equal(error.code, status.RESOURCE_EXHAUSTED);
  assert.match(error.details, /more than 2 streams/);
  silent.call.cancel();
  await eventually(() => {
    const { call } = open(client);
    call.write({ node: { id: 'next' } });
    return eventually(() => assert.equal(server.streams.length, 2), 1_000);
  }, 30_000);
  client.close();
  await server.stop();
});

test('who hangs up while answers are due has his stream ended, and is not left waiting', async () => {
  const source = new FakeSource();
  const server = new AdsServer({ listen: '127.0.0.1:0', source, log });
  await server.start();
  // More than is under way to a client that does not read.
  source.set('cluster', 'large', 'x'.repeat(3_000_000));
  source.set('endpoints', 'api', 'one');
  const client = new Client(server.target, credentials.createInsecure());
  const { call, failed } = open(client);
  const ended = once(call, 'status');
  call.pause();
  const ask = (type: ResourceType, name: string) =>
    call.write({ node: { id: 'hurried' }, type_url: typeUrl(type), resource_names: [name] });
  ask('cluster', 'large');
  await eventually(() => assert.equal(server.streams[0]?.status[0]?.state, 'pending'), 30_000);
  ask('endpoints', 'api');
  call.end();
  await eventually(() => assert.deepEqual(server.streams, []), 30_000);
  call.resume();
  const [{ code }] = await Promise.race([ended, failed.then((error) => [error])]);
  assert.equal(code, status.OK);
  client.close();
  await server.stop();
});
