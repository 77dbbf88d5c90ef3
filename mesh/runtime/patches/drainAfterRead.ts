import type { Http2Server, Http2Session } from 'node:http2';
import { allRead } from '../server/allRead.ts';
import { expectMethods, type Patch } from './Patch.ts';

/** The part of a grpc-js server that is used. */
interface ClosingServer {
  closeSession(session: Http2Session, closed?: () => void): void;
  /** Closes all connections that it has. */
  closeServer(server: Http2Server, closed?: () => void): void;
}

/**
 * Lets a server take the calls that have reached it before it drains a connection. It is often busy at that moment, with
 * the reason for it, and grpc-js refuses all that it has not read. gRPC clients send such a call again by themselves;
 * Envoy counts it among its retries.
 */
export const drainAfterRead: Patch<{ readonly Server: typeof import('@grpc/grpc-js').Server }> = {
  name: 'drainAfterRead',
  stage: 'import',
  touches: '@grpc/grpc-js: Server.closeSession, Server.closeServer',
  without: 'a server that drains a connection refuses calls that have reached it and are not read',
  upstream: 'docs/upstream.md#drainafterread',
  async targets() {
    const { Server } = await import('@grpc/grpc-js');
    return { Server };
  },
  apply({ Server }) {
    const prototype = expectMethods<ClosingServer>('Server', Server.prototype, {
      closeSession: 2,
      closeServer: 2,
    });
    const { closeSession, closeServer } = prototype;
    prototype.closeSession = function (session, closed) {
      void allRead().then(() => closeSession.call(this, session, closed));
    };
    prototype.closeServer = function (server, closed) {
      void allRead().then(() => closeServer.call(this, server, closed));
    };
  },
};
