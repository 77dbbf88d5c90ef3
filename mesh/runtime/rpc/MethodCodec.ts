import { type GrpcMethod, type GrpcService, type MessageType, pathOf } from './GrpcService.ts';

/** One method, ready to be served or called: its names and how its messages become bytes. */
export class MethodCodec {
  /** The HTTP/2 path, such as "/market.v1.AnalyticsService/ListAssets". */
  readonly path: string;
  /** The same without the first slash, as logs, metrics and traces name it. */
  readonly label: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly #request: MessageType<unknown>;
  readonly #response: MessageType<unknown>;

  constructor(service: GrpcService, method: GrpcMethod) {
    this.path = pathOf(service, method);
    this.label = this.path.slice(1);
    this.requestStream = method.requestStream;
    this.responseStream = method.responseStream;
    this.#request = method.requestType;
    this.#response = method.responseType;
  }

  encodeRequest(message: unknown): Buffer {
    return asBuffer(this.#request.encode(message).finish());
  }

  decodeRequest(bytes: Uint8Array): unknown {
    return this.#request.decode(bytes);
  }

  encodeResponse(message: unknown): Buffer {
    return asBuffer(this.#response.encode(message).finish());
  }

  decodeResponse(bytes: Uint8Array): unknown {
    return this.#response.decode(bytes);
  }
}

/** The same bytes: grpc-js copies by Buffer's methods. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
