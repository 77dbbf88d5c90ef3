import { subscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';

/**
 * What a peer may send ahead of the reader, in bytes, of each stream and of each connection. Several batches of market
 * data, so that the sender has no pause while one of them is read; few enough that small messages do not queue for long.
 */
export const WINDOW_BYTES = 262_144;

const CREATED = 'http2.server.stream.created';
const known = new WeakSet<ServerHttp2Session>();

/**
 * Widens the flow-control windows of requests, which are 65,535 bytes in HTTP/2 unless the receiver says otherwise
 * (RFC 9113, 6.9.2): the sender of larger messages would wait in the middle of each. grpc-js has an option for the
 * windows of a client (`grpc-node.flow_control_window`), and none for those of a server.
 *
 * Holds for all HTTP/2 servers of the process. A Node without this diagnostics channel works, but slower.
 */
export function widenWindows(): void {
  subscribe(CREATED, widen);
}

function widen(message: unknown): void {
  const session = (message as { stream: ServerHttp2Stream }).stream.session as
    | ServerHttp2Session
    | undefined;
  if (!session || known.has(session)) return;
  known.add(session);
  session.settings({ initialWindowSize: WINDOW_BYTES });
  session.setLocalWindowSize(WINDOW_BYTES);
}
