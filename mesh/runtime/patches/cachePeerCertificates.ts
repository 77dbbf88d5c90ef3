import type { Channel } from 'node:diagnostics_channel';
import { TLSSocket } from 'node:tls';
import { adaptGrpcSessions, streamsOf } from './grpcSessions.ts';
import type { Patch } from './Patch.ts';

/**
 * Lets Node decode a peer's certificate once for a connection. It does so each time it is asked, grpc-js's RBAC
 * filter asks at each call, and that was a fifth of a busy server's work. The certificate cannot change meanwhile:
 * HTTP/2 forbids renegotiation (RFC 9113, 9.2.1) and late client certificates (RFC 8740).
 */
export const cachePeerCertificates: Patch<{ readonly server: Channel }> = {
  name: 'cachePeerCertificates',
  stage: 'import',
  touches: 'node:tls: getPeerCertificate() of sockets on which gRPC is served',
  without: "the caller's certificate is decoded at each call",
  upstream: 'docs/upstream.md#cachepeercertificates',
  targets: () => ({ server: streamsOf('server') }),
  apply({ server }) {
    adaptGrpcSessions(server, ({ socket }) => {
      if (!(socket instanceof TLSSocket)) return;
      const decode = socket.getPeerCertificate.bind(socket);
      const certificate = decode();
      socket.getPeerCertificate = ((detailed) =>
        detailed ? decode(true) : certificate) as typeof socket.getPeerCertificate;
    });
  },
};
