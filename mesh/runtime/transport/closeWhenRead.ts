import type { Http2Server, Http2Session } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';

/** The part of a grpc-js server that is used. */
export interface ClosingServer {
  closeSession(session: Http2Session, closed?: () => void): void;
  closeServer(server: Http2Server, closed?: () => void): void;
}

/**
 * Lets a server take the calls that have reached it before it drains a connection. It is often busy at that moment, with
 * the reason for it, and grpc-js refuses all that it has not read. gRPC clients send such a call again by themselves;
 * Envoy counts it among its retries.
 */
export function closeWhenRead(server: { readonly prototype: ClosingServer }): void {
  const { closeSession, closeServer } = server.prototype;
  server.prototype.closeSession = function (this: ClosingServer, session, closed) {
    void allRead().then(() => closeSession.call(this, session, closed));
  };
  // It closes all connections that it has.
  server.prototype.closeServer = function (this: ClosingServer, http2Server, closed) {
    void allRead().then(() => closeServer.call(this, http2Server, closed));
  };
}

/** Resolves when all has been read that has reached the process. */
export async function allRead(): Promise<void> {
  // This turn of the event loop may have asked the kernel before; the next one asks again.
  await turn();
  await turn();
}
