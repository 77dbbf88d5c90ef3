import { freePort } from '../../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../../mesh/testing/eventually.ts';
import { startProgram } from '../../harness/startProgram.ts';
import { grpcGateway } from '../../programs/grpcGateway.ts';
import type { EdgePeer } from '../EdgePeer.ts';

/** grpc-gateway, in Go. */
export const peer: EdgePeer = {
  name: 'grpc-gateway (Go)',

  async start({ backend, tls, progress, signal }, cleanup) {
    const binary = await grpcGateway({ progress, signal });
    const listen = `127.0.0.1:${await freePort()}`;
    const { pid } = await startProgram(
      [binary, '-listen', listen, '-backend', backend, '-tls', tls],
      {},
      cleanup,
    );
    if (pid === undefined) throw new Error('grpc-gateway does not run');
    const url = `http://${listen}`;
    await eventually(() => fetch(url), 30_000);
    return { url, pid };
  },
};
