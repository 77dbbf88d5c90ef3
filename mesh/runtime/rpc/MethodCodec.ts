import { encode } from './encode.ts';
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
    return encode(this.#request, message);
  }

  decodeRequest(bytes: Uint8Array): unknown {
    return this.#request.decode(bytes);
  }

  encodeResponse(message: unknown): Buffer {
    return encode(this.#response, message);
  }

  decodeResponse(bytes: Uint8Array): unknown {
    return this.#response.decode(bytes);
  }
}
