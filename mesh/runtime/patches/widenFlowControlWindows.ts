import type { Channel } from 'node:diagnostics_channel';
import { adaptGrpcSessions, streamsOf } from './grpcSessions.ts';
import type { Patch } from './Patch.ts';

/**
 * What a peer may send ahead of the reader, in bytes, of each stream and of each connection. Several batches of market
 * data, so that the sender has no pause while one of them is read; few enough that small messages do not queue for long.
 */
export const WINDOW_BYTES = 262_144;

/**
 * Widens the flow-control windows of requests, which are 65,535 bytes in HTTP/2 unless the receiver says otherwise
 * (RFC 9113, 6.9.2): the sender of larger messages would wait in the middle of each. grpc-js has an option for the
 * windows of a client (`grpc-node.flow_control_window`), and none for those of a server.
 */
export const widenFlowControlWindows: Patch<{ readonly server: Channel }> = {
  name: 'widenFlowControlWindows',
  stage: 'import',
  touches: 'node:http2: the windows of sessions on which gRPC is served',
  without: 'a caller may send 64 KiB ahead of the reader',
  upstream: 'https://github.com/grpc/grpc-node/pull/3058',
  targets: () => ({ server: streamsOf('server') }),
  apply({ server }) {
    adaptGrpcSessions(server, (session) => {
      session.settings({ initialWindowSize: WINDOW_BYTES });
      session.setLocalWindowSize(WINDOW_BYTES);
    });
  },
};
