import assert from 'node:assert/strict';
import { type Logger, pino } from 'pino';
import { eventually } from '../../testing/eventually.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { ControlPlane } from '../ControlPlane.ts';
import { MeshPeer } from './MeshPeer.ts';

/** The least mesh in which something can be shown: Consul, a control plane, a stock gRPC server and a client of it. */
export interface EchoMesh {
  readonly consul: TestConsul;
  readonly control: ControlPlane;
  /** Serves "echo", registered under its own id. */
  readonly server: MeshPeer;
  readonly serverPort: number;
  /** Calls it as "web", which is allowed. */
  readonly client: MeshPeer;
  stop(): Promise<void>;
}

export interface EchoMeshOptions {
  /** The control plane's. Default: silent, else at WEFT_LOG_LEVEL. */
  readonly log?: Logger;
  /** Paths of the unary methods of "echo". Default: that of MeshPeer. */
  readonly methods?: readonly string[];
}

/** Resolves once a call has gone through. */
export async function startEchoMesh(options: EchoMeshOptions = {}): Promise<EchoMesh> {
  const { log = pino({ level: process.env.WEFT_LOG_LEVEL ?? 'silent' }), methods } = options;
  await using cleanup = new AsyncDisposableStack();
  const consul = cleanup.adopt(await TestConsul.start(), (it) => it.stop());
  const ports = { listen: '127.0.0.1:0', admin: '127.0.0.1:0' };
  const control = cleanup.adopt(
    await ControlPlane.start({ ...ports, consul: consul.client, log }),
    (it) => it.stop(),
  );
  const join = async (service: string, more: { methods?: readonly string[] } = {}) => {
    const { xdsServer } = control;
    const peer = await MeshPeer.start({ consul, service, xdsServer, ...more });
    return cleanup.adopt(peer, (it) => it.stop());
  };
  const server = await join('echo', methods && { methods });
  const client = await join('web');
  const serverPort = await server.serve();
  await consul.register({ service: 'echo', id: server.id, port: serverPort });
  await consul.intend('echo', { web: 'allow' });
  const call = async () => assert.equal((await client.call('echo', methods?.[0])).code, 0);
  await eventually(call, 60_000);
  const started = cleanup.move();
  const stop = () => started.disposeAsync();
  return { consul, control, server, serverPort, client, stop };
}
