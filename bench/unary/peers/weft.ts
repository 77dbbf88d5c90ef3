import { connectMesh, defineService, implement, runService } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import type { UnaryPeer } from '../UnaryPeer.ts';

const service = defineService({
  setup: () => [implement(EchoServiceDefinition, { echo: (request) => request })],
});

/** Weft with all on: mTLS, xDS, permissions, validation, metrics, trace ids, logging at info. */
export const peer: UnaryPeer = {
  name: 'Weft',

  async serve() {
    const running = await runService(service, { manifest: { name: 'bench-echo' } });
    return { address: 'bench-echo', close: () => running.stop() };
  },

  async connect() {
    const mesh = await connectMesh({ service: 'bench-client' });
    const client = mesh.client(EchoServiceDefinition);
    return { echo: (request) => client.echo(request), close: () => mesh.close() };
  },
};
