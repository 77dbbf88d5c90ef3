import type { Channel } from 'node:diagnostics_channel';
import type { Http2Session } from 'node:http2';
import { adaptGrpcSessions, streamsOf } from './grpcSessions.ts';
import type { Patch } from './Patch.ts';

/**
 * Lets calls finish on a connection that is being closed in order. grpc-js's keepalive pings such a connection too;
 * Node answers that a closing session sends no pings, and grpc-js takes that for a dead peer and cuts the calls.
 * Here the ping counts as answered: a peer that dies meanwhile is found by the calls' deadlines.
 */
export const keepaliveWhileDraining: Patch<{ readonly client: Channel; readonly server: Channel }> =
  {
    name: 'keepaliveWhileDraining',
    stage: 'import',
    touches: 'node:http2: ping() of sessions that carry gRPC',
    without: 'keepalive cuts the calls of a connection that is drained',
    upstream: 'https://github.com/grpc/grpc-node/issues/3068',
    targets: () => ({ client: streamsOf('client'), server: streamsOf('server') }),
    apply({ client, server }) {
      for (const streams of [client, server]) adaptGrpcSessions(streams, adapt);
    },
  };

function adapt(session: Http2Session): void {
  const ping = session.ping.bind(session) as (...parameters: unknown[]) => boolean;
  session.ping = (...parameters: unknown[]) => {
    const answered = parameters.at(-1);
    if (!session.closed || session.destroyed || typeof answered !== 'function') {
      return ping(...parameters);
    }
    process.nextTick(answered, null, 0, Buffer.alloc(8));
    return true;
  };
}
