import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import type { TestConsul } from '../testing/TestConsul.ts';
import { MeshPeer } from './testing/MeshPeer.ts';
import { readCsds } from './testing/readCsds.ts';
import { type EchoMesh, startEchoMesh } from './testing/startEchoMesh.ts';

const WAIT_MS = 60_000;

describe('the xDS status of stock grpc-js processes', { timeout: 240_000 }, () => {
  let mesh: EchoMesh;
  let consul: TestConsul;
  let client: MeshPeer;

  before(async () => {
    mesh = await startEchoMesh();
    ({ consul, client } = mesh);
    await consul.configure({ Kind: 'service-defaults', Name: 'echo', Protocol: 'grpc' });
  });
  after(() => mesh?.stop());

  /** What a process is told that it does not get, by the resource's name. */
  async function refusedAt(peer: MeshPeer): Promise<(name: string) => string> {
    const address = `127.0.0.1:${await peer.serveAdmin()}`;
    const dump = await readCsds(address);
    for (const { name, state } of dump) assert.equal(state, 'ACKED', name);
    return (wanted) => {
      const found = dump.filter(({ name }) => name === wanted);
      assert.ok(found.length > 0, `no ${wanted} among ${dump.map(({ name }) => name).join(', ')}`);
      return found.flatMap(({ refused }) => refused).join('\n');
    };
  }

  test('names what of Consul’s entries a caller does not get, as long as it stands there', async () => {
    const router = { Kind: 'service-router', Name: 'echo' };
    const HTTP = { QueryParam: [{ Name: 'q', Present: true }] };
    const Limits = { MaxConnections: 5 };
    await consul.configure(
      { ...router, Routes: [{ Match: { HTTP }, Destination: { Service: 'echo' } }] },
      {
        Kind: 'service-defaults',
        Name: 'web',
        Protocol: 'grpc',
        UpstreamConfig: { Defaults: { Limits } },
      },
    );
    await consul.client.write('/kv/weft/faults/echo', { abort: { percent: 200 } });
    await eventually(async () => {
      const refused = (await refusedAt(client))('echo');
      assert.match(refused, /^service-router\/echo: route 1 is left out: .*QueryParam/m);
      assert.match(refused, /^weft\/faults\/echo: .*expected number/m);
    }, WAIT_MS);
    // grpc-js keeps the dump of a cluster in which it sees no change, so this one is looked at anew.
    const other = await MeshPeer.start({
      consul,
      service: 'web',
      xdsServer: mesh.control.xdsServer,
    });
    try {
      await eventually(async () => {
        assert.equal((await other.call('echo')).code, 0);
        const refused = (await refusedAt(other))('echo');
        assert.match(refused, /^service-defaults\/web: .*MaxConnections/m);
      }, WAIT_MS);
    } finally {
      await other.stop();
    }
    await consul.forget('service-router', 'echo');
    await consul.client.remove('/kv/weft/faults/echo');
    await eventually(async () => assert.equal((await refusedAt(client))('echo'), ''), WAIT_MS);
  });

  test('names at a server what of its intentions is not in force', async () => {
    const permission = { Action: 'allow', HTTP: { Header: [{ Name: 'a-bin', Present: true }] } };
    await consul.configure({
      Kind: 'service-intentions',
      Name: 'echo',
      Sources: [
        { Name: 'web', Action: 'allow' },
        { Name: 'mobile', Permissions: [permission] },
      ],
    });
    const listener = `weft/server/127.0.0.1:${mesh.serverPort}`;
    await eventually(async () => {
      const refused = (await refusedAt(mesh.server))(listener);
      assert.match(refused, /^service-intentions\/echo: source "mobile": .*a-bin/m);
    }, WAIT_MS);
  });
});
