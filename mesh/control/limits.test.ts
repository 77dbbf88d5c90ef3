import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { ControlPlane } from './ControlPlane.ts';
import { eventually } from './testing/eventually.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import { TestConsul } from './testing/TestConsul.ts';

const OK = 0;
const UNAVAILABLE = 14;
const WAIT_MS = 60_000;
const log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' });

describe('limits of a caller, in stock grpc-js processes', { timeout: 240_000 }, () => {
  let consul: TestConsul;
  let control: ControlPlane;
  let server: MeshPeer;
  let client: MeshPeer;

  before(async () => {
    consul = await TestConsul.start();
    const ports = { listen: '127.0.0.1:0', admin: '127.0.0.1:0' };
    control = await ControlPlane.start({ ...ports, consul: consul.client, log });
    const { xdsServer } = control;
    [server, client] = (await Promise.all(
      ['echo', 'web'].map((service) => MeshPeer.start({ consul, service, xdsServer })),
    )) as [MeshPeer, MeshPeer];
    await consul.register({ service: 'echo', id: server.id, port: await server.serve() });
    await consul.intend('echo', { web: 'allow' });
    await eventually(async () => assert.equal((await client.call('echo')).code, OK), WAIT_MS);
  });

  after(async () => {
    await Promise.all([server?.stop(), client?.stop()]);
    await control?.stop();
    await consul?.stop();
  });

  const limit = (MaxConcurrentRequests: number) =>
    consul.configure({
      Kind: 'service-defaults',
      Name: 'web',
      UpstreamConfig: { Defaults: { Limits: { MaxConcurrentRequests } } },
    });

  /** How a third call ends while two are under way; those two end well. */
  async function third(): Promise<{ code: number; details: string }> {
    const under = [1, 2].map(() => client.call('echo', undefined, WAIT_MS, { 'x-hold': '1' }));
    try {
      await eventually(async () => assert.equal(await server.held(), 2), WAIT_MS);
      return await client.call('echo');
    } finally {
      await server.release();
      for (const { code, details } of await Promise.all(under)) assert.equal(code, OK, details);
    }
  }

  test('calls beyond MaxConcurrentRequests are shed, those below it are not, and it can be raised', async () => {
    await limit(2);
    await eventually(async () => assert.equal((await third()).code, UNAVAILABLE), WAIT_MS);
    assert.equal((await client.call('echo')).code, OK);
    await limit(3);
    await eventually(async () => assert.equal((await third()).code, OK), WAIT_MS);
    await limit(2);
    await eventually(async () => assert.equal((await third()).code, UNAVAILABLE), WAIT_MS);
    await consul.forget('service-defaults', 'web');
    await eventually(async () => assert.equal((await third()).code, OK), WAIT_MS);
  });
});
