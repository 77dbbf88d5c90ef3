import type { Metadata } from '@grpc/grpc-js';
import type { Principal } from '@weft/mesh/principal';
import type { Logger } from 'pino';
import type { Peer } from './Peer.ts';

/** What a handler knows of its call beside the request. */
export interface CallContext {
  /** The HTTP/2 path, such as "/market.v1.AnalyticsService/ListAssets". */
  readonly method: string;
  /**
   * Aborts when the caller has gone, the deadline has passed, or the service stops. Calls made from the handler
   * end by themselves then; give it to what else takes long.
   */
  readonly signal: AbortSignal;
  /** When the caller stops waiting; undefined: never. Calls made from the handler inherit it. */
  readonly deadline: Date | undefined;
  /** Who calls, as its certificate proves; undefined without mTLS. */
  readonly peer: Peer | undefined;
  /**
   * On whose behalf the call is made, whichever way it came in; undefined: nobody's, because the method asks for none
   * and the caller has said nothing, or because a service calls for itself. Calls made from the handler are made for the
   * same one.
   */
  readonly principal: Principal | undefined;
  /** What the caller sent along. */
  readonly metadata: Metadata;
  /** Of the trace that this call belongs to: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The service's log. Every line written from a handler carries the trace id. */
  readonly log: Logger;
  /** Goes out before the first message, or with sendHeader(); set after that, it is lost. */
  readonly header: Metadata;
  /** Sends the header now, for a caller that is to see it before the first message is there. */
  sendHeader(): void;
  /** Goes out with the status. */
  readonly trailer: Metadata;
}
