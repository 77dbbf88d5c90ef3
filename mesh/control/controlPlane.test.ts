import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { connect, type SecureContextOptions } from 'node:tls';
import { pino } from 'pino';
import { Contracts } from '../contracts/index.ts';
import { eventually } from '../testing/eventually.ts';
import { freePort } from '../testing/freePort.ts';
import { TestConsul } from '../testing/TestConsul.ts';
import { writeIdentity } from '../testing/writeIdentity.ts';
import type { Status } from './admin/Status.ts';
import { ControlPlane } from './ControlPlane.ts';
import { MeshPeer } from './testing/MeshPeer.ts';

const OK = 0;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });

/** Whether a server lets a TLS client in: it answers with its HTTP/2 settings, or hangs up. */
async function isAccepted(port: number, certificate: SecureContextOptions): Promise<boolean> {
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] };
  const socket = connect({ ...options, ...certificate });
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  socket.on('secureConnect', () =>
    socket.write(Buffer.concat([Buffer.from(preface), emptySettings])),
  );
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on('data', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

describe('stock grpc-js processes fed by the control plane', { timeout: 120_000 }, () => {
  let consul: TestConsul;
  let control: ControlPlane;
  let listen: string;
  let server: MeshPeer;
  let client: MeshPeer;
  const others: MeshPeer[] = [];

  const startControl = () =>
    ControlPlane.start({ listen, admin: '127.0.0.1:0', consul: consul.client, log });
  const startPeer = (service: string) =>
    MeshPeer.start({ consul, service, xdsServer: `ipv4:${listen}` });

  before(async () => {
    consul = await TestConsul.start();
    listen = `127.0.0.1:${await freePort()}`;
    control = await startControl();
    [server, client] = await Promise.all([startPeer('echo'), startPeer('web')]);
    await consul.register({ service: 'echo', id: server.id, port: await server.serve() });
  });

  after(async () => {
    await Promise.all([server, client, ...others].map((peer) => peer?.stop()));
    await control?.stop();
    await consul?.stop();
  });

  const becomes = (code: number) =>
    eventually(async () => assert.equal((await client.call('echo')).code, code), 30_000);

  test('nobody may call until an intention says so', async () => {
    const refused = await eventually(async () => {
      const result = await client.call('echo');
      assert.equal(result.code, PERMISSION_DENIED, result.details);
      return result;
    });
    assert.equal(refused.said, undefined);
  });

  test('an intention lets its source in, over TLS with certificates on both sides', async () => {
    await consul.intend('echo', { web: 'allow' });
    await becomes(OK);
    const result = await client.call('echo');
    assert.equal(result.said?.server, server.id);
    assert.match(
      result.said?.caller ?? '',
      /^URI:spiffe:\/\/[0-9a-f-]+\.consul\/ns\/default\/dc\/dc1\/svc\/web$/,
    );
  });

  test('a denial stops calls on a connection that is open, and its removal lets them go on', async () => {
    await consul.intend('echo', { web: 'deny' });
    await becomes(PERMISSION_DENIED);
    await consul.intend('echo', { '*': 'allow' });
    await becomes(OK);
    await consul.intend('echo', { '*': 'allow', web: 'deny' });
    await becomes(PERMISSION_DENIED);
    await consul.intend('echo', { web: 'allow', '*': 'deny' });
    await becomes(OK);
    await consul.forgetIntentions('echo');
    await becomes(PERMISSION_DENIED);
    await consul.intend('*', { web: 'allow' });
    await becomes(OK);
    await consul.forgetIntentions('*');
    // A stock server leaves a connection that it is just accepting, when a change comes, with the rules of before.
    await becomes(PERMISSION_DENIED);
    await consul.intend('echo', { web: 'allow' });
    await becomes(OK);
  });

  test('a server with the certificate of another service is not called', async () => {
    const impostor = await startPeer('other');
    others.push(impostor);
    await consul.intend('impersonated', { web: 'allow' });
    await consul.intend('other', { web: 'allow' });
    const port = await impostor.serve();
    await consul.register({ service: 'impersonated', port });
    const refused = await eventually(async () => {
      const result = await client.call('impersonated');
      assert.match(result.details, /subject alternative name/i);
      return result;
    });
    assert.equal(refused.code, UNAVAILABLE);
    assert.equal(refused.said, undefined);
    await consul.register({ service: 'other', port });
    await eventually(async () =>
      assert.equal((await client.call('other')).said?.server, impostor.id),
    );
  });

  test('who has no certificate of this mesh does not even connect', async () => {
    const elsewhere = await TestConsul.start();
    const foreign = await writeIdentity(elsewhere.client, 'web');
    try {
      const [service] = (
        await consul.client.read<{ Service: { Port: number } }[]>('/health/connect/echo')
      ).value;
      const port = service?.Service.Port ?? 0;
      const pem = (file: string) => readFile(file);
      const own = { cert: await pem(client.identity.cert), key: await pem(client.identity.key) };
      const alien = { cert: await pem(foreign.cert), key: await pem(foreign.key) };
      assert.equal(await isAccepted(port, own), true);
      assert.equal(await isAccepted(port, alien), false);
      assert.equal(await isAccepted(port, {}), false);
    } finally {
      await rm(foreign.folder, { recursive: true });
      await elsewhere.stop();
    }
  });

  test('a service that nobody knows fails at once', async () => {
    const started = performance.now();
    const result = await client.call('nobody');
    assert.equal(result.code, UNAVAILABLE);
    assert.ok(performance.now() - started < 2_000, `${performance.now() - started} ms`);
  });

  test('methods are called as their contracts say: with their timeout, and again if they may be', async () => {
    const unary = Contracts.load().methods.filter(
      (method) => !method.requestStream && !method.responseStream && method.meshService,
    );
    const write = unary.find((method) => method.idempotency === 'unknown');
    const read = unary.find(
      (method) => method.idempotency !== 'unknown' && method.meshService === write?.meshService,
    );
    assert.ok(read?.meshService && read.timeoutMs && write);
    const service = read.meshService;
    const flaky = await MeshPeer.start({
      consul,
      service,
      xdsServer: `ipv4:${listen}`,
      methods: [read.path, write.path],
      isFlaky: true,
    });
    others.push(flaky);
    await consul.intend(service, { web: 'allow' });
    await consul.register({ service, port: await flaky.serve() });
    const hour = 3_600_000;
    await eventually(async () =>
      assert.equal((await client.call(service, read.path, hour)).code, OK),
    );
    for (let i = 0; i < 5; i += 1) {
      const { code, said } = await client.call(service, read.path, hour);
      assert.equal(code, OK);
      assert.ok(said?.remainingMs && said.remainingMs <= read.timeoutMs, `${said?.remainingMs}`);
    }
    const codes = [];
    for (let i = 0; i < 4; i += 1) codes.push((await client.call(service, write.path)).code);
    assert.deepEqual(codes.sort(), [OK, OK, UNAVAILABLE, UNAVAILABLE]);
  });

  test('calls follow the health of instances', async () => {
    const second = await startPeer('echo');
    others.push(second);
    await consul.register({ service: 'echo', id: second.id, port: await second.serve() });
    const answering = async () => {
      const results = await Promise.all(Array.from({ length: 10 }, () => client.call('echo')));
      return [...new Set(results.map((result) => result.said?.server))].sort();
    };
    const both = [server.id, second.id].sort();
    await eventually(async () => assert.deepEqual(await answering(), both));
    await consul.setHealth(server.id, 'fail');
    await eventually(async () => assert.deepEqual(await answering(), [second.id]));
    await consul.setHealth(server.id, 'warn');
    await eventually(async () => assert.deepEqual(await answering(), both));
  });

  test('traffic goes on without a control plane, and a new one takes over', async () => {
    await control.stop();
    for (let i = 0; i < 50; i += 1) {
      assert.equal((await client.call('echo')).code, OK);
    }
    control = await startControl();
    await consul.intend('echo', { web: 'deny' });
    await becomes(PERMISSION_DENIED);
    await consul.intend('echo', { web: 'allow' });
    await becomes(OK);
  });

  test('every client has acknowledged everything', async () => {
    await eventually(async () => {
      const status = (await (await fetch(`${control.adminUrl}/status`)).json()) as Status;
      const web = status.clients.find((one) => one.service === 'web');
      assert.deepEqual(web?.types.map(({ type }) => type).sort(), [
        'cluster',
        'endpoints',
        'listener',
      ]);
      for (const { types } of status.clients) {
        for (const type of types) assert.equal(type.state, 'acked', JSON.stringify(type));
      }
    });
  });
});
