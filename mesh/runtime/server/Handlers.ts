import type { GrpcMethod, GrpcService, RequestOf, ResponseOf } from '../rpc/GrpcService.ts';
import type { CallContext } from './CallContext.ts';

/** One request, one response. */
export type UnaryHandler<Request, Response> = (
  request: Request,
  context: CallContext,
) => Promise<Response> | Response;

/** One request, a stream of responses. A response is asked for when the one before it has gone out. */
export type ServerStreamHandler<Request, Response> = (
  request: Request,
  context: CallContext,
) => AsyncIterable<Response>;

/**
 * A stream of requests, one response. The stream ends when the caller has no more, and throws when it has gone; a
 * caller far away that goes may look like one that has no more, so what must be complete says so in its messages.
 */
export type ClientStreamHandler<Request, Response> = (
  requests: AsyncIterable<Request>,
  context: CallContext,
) => Promise<Response>;

/** Streams both ways, each at its own pace; of the end of the requests, the same holds. */
export type BidiHandler<Request, Response> = (
  requests: AsyncIterable<Request>,
  context: CallContext,
) => AsyncIterable<Response>;

/** The handler that a method needs. */
export type HandlerOf<Method extends GrpcMethod> = Method['requestStream'] extends true
  ? Method['responseStream'] extends true
    ? BidiHandler<RequestOf<Method>, ResponseOf<Method>>
    : ClientStreamHandler<RequestOf<Method>, ResponseOf<Method>>
  : Method['responseStream'] extends true
    ? ServerStreamHandler<RequestOf<Method>, ResponseOf<Method>>
    : UnaryHandler<RequestOf<Method>, ResponseOf<Method>>;

/** A handler for every method of a service: an object, or an instance of a class. */
export type HandlersOf<Service extends GrpcService> = {
  readonly [Name in keyof Service['methods']]: HandlerOf<Service['methods'][Name]>;
};
