import { Worker } from '../../harness/Worker.ts';
import type { EdgePeer } from '../EdgePeer.ts';

/** Fastify with a grpc-js client behind it. */
export const peer: EdgePeer = {
  name: 'Fastify and grpc-js',

  async start({ backend, tls }, cleanup) {
    const { worker, ready } = await Worker.start<never, never, string>(
      new URL('../fastifyEdge.ts', import.meta.url),
      { args: [backend, tls], env: { NODE_ENV: 'production' } },
      cleanup,
    );
    return { url: ready, pid: worker.pid };
  },
};
