import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import type { TestConsul } from '../testing/TestConsul.ts';
import type { MeshPeer } from './testing/MeshPeer.ts';
import { type EchoMesh, startEchoMesh } from './testing/startEchoMesh.ts';

const OK = 0;
const UNAVAILABLE = 14;
const WAIT_MS = 60_000;

describe('limits of a caller, in stock grpc-js processes', { timeout: 240_000 }, () => {
  let mesh: EchoMesh;
  let consul: TestConsul;
  let server: MeshPeer;
  let client: MeshPeer;

  before(async () => {
    mesh = await startEchoMesh();
    ({ consul, server, client } = mesh);
  });
  after(() => mesh?.stop());

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
