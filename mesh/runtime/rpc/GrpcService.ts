import type { BinaryWriter } from '@bufbuild/protobuf/wire';

/** How one message type is written and read: what ts-proto generates under the message's name. */
export interface MessageType<T> {
  encode(message: T, writer?: BinaryWriter): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** One method of a service, as ts-proto's generic definitions describe it. */
export interface GrpcMethod {
  /** Such as "ListAssets". */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a method of any message type
  readonly requestType: MessageType<any>;
  readonly requestStream: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a method of any message type
  readonly responseType: MessageType<any>;
  readonly responseStream: boolean;
}

/** One gRPC service, as ts-proto's generic definitions describe it: `AnalyticsServiceDefinition`. */
export interface GrpcService {
  /** Such as "market.v1.AnalyticsService". */
  readonly fullName: string;
  readonly methods: { readonly [name: string]: GrpcMethod };
}

/** Type of a method's request message. */
export type RequestOf<Method extends GrpcMethod> =
  Method['requestType'] extends MessageType<infer Request> ? Request : never;

/** Type of a method's response message. */
export type ResponseOf<Method extends GrpcMethod> =
  Method['responseType'] extends MessageType<infer Response> ? Response : never;

/** The HTTP/2 path of a method, such as "/market.v1.AnalyticsService/ListAssets". */
export function pathOf(service: GrpcService, method: GrpcMethod): string {
  return `/${service.fullName}/${method.name}`;
}
