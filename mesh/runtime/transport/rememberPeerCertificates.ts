import { subscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';

const CREATED = 'http2.server.stream.created';
const known = new WeakSet<ServerHttp2Session>();

/**
 * Lets Node decode a peer's certificate once for a connection. It does so each time it is asked, grpc-js's RBAC
 * filter asks at each call, and that was a third of a server's work. The certificate cannot change meanwhile:
 * HTTP/2 forbids renegotiation (RFC 9113, 9.2.1) and late client certificates (RFC 8740).
 *
 * Holds for all HTTP/2 servers of the process. A Node without this diagnostics channel works, but slower.
 */
export function rememberPeerCertificates(): void {
  subscribe(CREATED, remember);
}

function remember(message: unknown): void {
  const { session } = (message as { stream: ServerHttp2Stream }).stream;
  if (!session || known.has(session as ServerHttp2Session)) return;
  known.add(session as ServerHttp2Session);
  const { socket } = session;
  if (!(socket instanceof TLSSocket)) return;
  const decode = socket.getPeerCertificate.bind(socket);
  const certificate = decode();
  socket.getPeerCertificate = ((detailed) =>
    detailed ? decode(true) : certificate) as typeof socket.getPeerCertificate;
}
