import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import type { Status } from './admin/Status.ts';
import { ControlPlane } from './ControlPlane.ts';
import { eventually } from './testing/eventually.ts';
import { freePort } from './testing/freePort.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import { TestConsul } from './testing/TestConsul.ts';

const OK = 0;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });

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
    eventually(async () => assert.equal((await client.call('echo')).code, code));

  test('nobody may call until an intention says so', async () => {
    const refused = await eventually(async () => {
      const result = await client.call('echo');
      assert.equal(result.code, PERMISSION_DENIED, result.details);
      return result;
    });
    assert.equal(refused.server, '');
  });

  test('an intention lets its source in, over TLS with certificates on both sides', async () => {
    await consul.intend('echo', { web: 'allow' });
    await becomes(OK);
    const result = await client.call('echo');
    assert.equal(result.server, server.id);
    assert.match(
      result.caller,
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
    assert.equal(refused.server, '');
    await consul.register({ service: 'other', port });
    await eventually(async () => assert.equal((await client.call('other')).server, impostor.id));
  });

  test('a service that nobody knows fails at once', async () => {
    const started = performance.now();
    const result = await client.call('nobody');
    assert.equal(result.code, UNAVAILABLE);
    assert.ok(performance.now() - started < 2_000, `${performance.now() - started} ms`);
  });

  test('calls follow the health of instances', async () => {
    const second = await startPeer('echo');
    others.push(second);
    await consul.register({ service: 'echo', id: second.id, port: await second.serve() });
    const answering = async () => {
      const results = await Promise.all(Array.from({ length: 10 }, () => client.call('echo')));
      return [...new Set(results.map((result) => result.server))].sort();
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
