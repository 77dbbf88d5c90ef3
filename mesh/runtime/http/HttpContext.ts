import type { Logger } from 'pino';
import type { OutsideCaller } from '../server/OutsideCaller.ts';
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
  /** Whom the edge has verified, when the request comes straight from it. */
  readonly outsideCaller: OutsideCaller | undefined;
  /** Of the trace that this request belongs to: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The service's log. Every line written from a handler carries the trace id. */
  readonly log: Logger;
}
