import { status as Status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js/build/src/call-interface.js';
import { RpcError } from '../rpc/RpcError.ts';

/** How grpc-js puts it when a server closes the stream of a call before it has sent a status. */
const CUT_OFF: ReadonlySet<string> = new Set([
  'Call cancelled',
  'Received RST_STREAM with code 0 (Call ended without gRPC status)',
]);
/** How it puts it when the connection is gone: in its own words, or in the socket's. */
const DROPPED = /^Connection dropped$|\b(ECONNRESET|ETIMEDOUT)$/;

/** A server may find the deadline passed, and cut the call off, so much earlier: both count in milliseconds. */
const CLOCK_STEP_MS = 2;

/**
 * The failure that a status is. A call that the server cuts off, because it closes the connection or because its
 * permissions have changed, is CANCELLED or INTERNAL to grpc-js; but nobody here has cancelled it, nobody there has
 * failed at it, and trying again is right, unless it was cut off because its deadline has passed.
 *
 * @param deadline In milliseconds since the epoch.
 */
export function failureOf(status: StatusObject, deadline: number): RpcError {
  if (isClosed(status)) {
    return Date.now() + CLOCK_STEP_MS >= deadline
      ? new RpcError(Status.DEADLINE_EXCEEDED, 'the deadline has passed')
      : new RpcError(Status.UNAVAILABLE, 'the server has cut off the call');
  }
  // grpc-js gives no code to messages that say they are compressed in a way that the call is not.
  if (status.code === undefined)
    return new RpcError(Status.INTERNAL, 'a response could not be uncompressed');
  return RpcError.received(status);
}

/**
 * Whether a call has lost its server in a way in which gRPC does not try again: it repeats neither what is not
 * UNAVAILABLE to it, nor anything once a header has come (gRFC A6), such as from a server that is killed between the
 * header and the status.
 */
export function isCutOff(status: StatusObject, hasHeader: boolean): boolean {
  if (isClosed(status)) return true;
  return hasHeader && status.code === Status.UNAVAILABLE && DROPPED.test(status.details);
}

function isClosed({ code, details }: StatusObject): boolean {
  return (code === Status.CANCELLED || code === Status.INTERNAL) && CUT_OFF.has(details);
}
