import type { GrpcMethod, GrpcService, RequestOf, ResponseOf } from '../rpc/GrpcService.ts';
import type { CallOptions } from './CallOptions.ts';

/** How a method is called. A stream of responses starts its call when it is iterated, and ends it when left. */
export type ClientMethod<Method extends GrpcMethod> = Method['requestStream'] extends true
  ? Method['responseStream'] extends true
    ? (
        requests: AsyncIterable<RequestOf<Method>>,
        options?: CallOptions,
      ) => AsyncIterable<ResponseOf<Method>>
    : (
        requests: AsyncIterable<RequestOf<Method>>,
        options?: CallOptions,
      ) => Promise<ResponseOf<Method>>
  : Method['responseStream'] extends true
    ? (request: RequestOf<Method>, options?: CallOptions) => AsyncIterable<ResponseOf<Method>>
    : (request: RequestOf<Method>, options?: CallOptions) => Promise<ResponseOf<Method>>;

/** The methods of a gRPC service, to be called. All of them fail with RpcError. */
export type ServiceClient<Service extends GrpcService> = {
  readonly [Name in keyof Service['methods']]: ClientMethod<Service['methods'][Name]>;
};
