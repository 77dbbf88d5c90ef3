import type { Duplex } from 'node:stream';
import type { Server } from '@grpc/grpc-js';
import { expectMethods, type Patch } from './Patch.ts';

/** Takes the connections of one address of a server. */
interface ConnectionInjector {
  injectConnection(connection: Duplex): void;
  drain(graceTimeMs: number): void;
  destroy(): void;
}

/** The part of a grpc-js server that is used. */
interface InjectingServer {
  experimentalCreateConnectionInjectorWithChannelzRef(
    credentials: object,
    channelzRef: object,
    ownsChannelzRef?: boolean,
  ): ConnectionInjector;
}

/**
 * Ends all connections under rules that no longer hold, when the time to drain them is over. grpc-js ends those that
 * it knows as HTTP/2 sessions by then: one whose TLS handshake comes later would be served under the old rules for
 * as long as its owner likes.
 */
export const endConnectionsAfterDrain: Patch<{ readonly Server: typeof Server }> = {
  name: 'endConnectionsAfterDrain',
  stage: 'import',
  touches: '@grpc/grpc-js: Server.experimentalCreateConnectionInjectorWithChannelzRef',
  without: 'a connection that shakes hands after a change of permissions has the old ones',
  upstream: 'docs/upstream.md#endconnectionsafterdrain',
  async targets() {
    const { Server } = await import('@grpc/grpc-js');
    return { Server };
  },
  apply({ Server }, refuse) {
    const prototype = expectMethods<InjectingServer>('Server', Server.prototype, {
      experimentalCreateConnectionInjectorWithChannelzRef: 2,
    });
    const create = prototype.experimentalCreateConnectionInjectorWithChannelzRef;
    prototype.experimentalCreateConnectionInjectorWithChannelzRef = function (...parameters) {
      const injector = create.apply(this, parameters);
      try {
        return endingLate(
          expectMethods<ConnectionInjector>('a ConnectionInjector', injector, {
            injectConnection: 1,
            drain: 1,
            destroy: 0,
          }),
        );
      } catch (error) {
        refuse((error as Error).message);
        return injector;
      }
    };
  },
};

function endingLate(injector: ConnectionInjector): ConnectionInjector {
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
