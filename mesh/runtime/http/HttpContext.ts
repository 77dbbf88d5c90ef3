import type { Principal } from '@weft/mesh/principal';
import type { Logger } from 'pino';
import type { Peer } from '../server/Peer.ts';

/** What a handler of HTTP knows of its request beside the request itself. */
export interface HttpContext {
  /** The path that the handler was given for, such as "/docs". */
  readonly route: string;
  /**
   * Aborts when the client has gone, the deadline has passed, or the service stops and the answer has no end of its own.
   * Calls made from the handler end by themselves then.
   */
  readonly signal: AbortSignal;
  /** When the client stops waiting; undefined: never. Calls made from the handler inherit it. */
  readonly deadline: Date | undefined;
  /** Who sends the request, as the certificate of its connection proves; undefined without mTLS. */
  readonly peer: Peer | undefined;
  /** On whose behalf it is sent: as CallContext.principal. */
  readonly principal: Principal | undefined;
  /**
   * Takes an access token that the client shows by other means than a header, as pages do that open a WebSocket: from now on
   * the request is made for its principal. When the token ends, or its session is revoked, the request ends.
   *
   * @throws RpcError UNAUTHENTICATED with the reason for one that is not good, UNAVAILABLE while none can be verified.
   */
  authenticate(accessToken: string): Promise<Principal>;
  /**
   * Runs work that comes later than the handler, such as what a message of a WebSocket asks for, as part of the request: the
   * calls that it makes are on behalf of the request's principal, and end with it.
   */
  run<Result>(work: () => Result): Result;
  /** Of the trace that this request belongs to: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The service's log. Every line written from a handler carries the trace id. */
  readonly log: Logger;
}
