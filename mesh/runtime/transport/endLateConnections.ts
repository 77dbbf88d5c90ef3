import type { Duplex } from 'node:stream';
import type { Server } from '@grpc/grpc-js';

type ConnectionInjector = ReturnType<Server['createConnectionInjector']>;

/**
 * Ends all connections under rules that no longer hold, when the time to drain them is over. grpc-js ends those that
 * it knows as HTTP/2 sessions by then: one whose TLS handshake comes later would be served under the old rules for
 * as long as its owner likes.
 */
export function endLateConnections(injector: ConnectionInjector): ConnectionInjector {
  const connections = new Set<Duplex>();
  return {
    injectConnection(connection) {
      connections.add(connection);
      connection.once('close', () => connections.delete(connection));
      injector.injectConnection(connection);
    },
    drain(graceTimeMs) {
      injector.drain(graceTimeMs);
      setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, graceTimeMs).unref();
    },
    destroy: () => injector.destroy(),
  };
}
