import { status as Status } from '@grpc/grpc-js';
import type { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';

/**
 * Looks at a request, and the bytes it came in, before the handler does.
 *
 * @throws RpcError INVALID_ARGUMENT when it breaks a rule of its contract.
 */
export type RequestCheck = (request: unknown, bytes: Uint8Array) => void;

/** One method as the server sees it. */
export class ServerMethod {
  readonly codec: MethodCodec;
  readonly #check: RequestCheck;

  constructor(codec: MethodCodec, check: RequestCheck) {
    this.codec = codec;
    this.#check = check;
  }

  /**
   * Decodes and checks a request.
   *
   * @throws RpcError INTERNAL for bytes that are no such message (as gRPC's status codes have it),
   *   INVALID_ARGUMENT for one that breaks a rule.
   */
  read(bytes: Uint8Array): unknown {
    let request: unknown;
    try {
      request = this.codec.decodeRequest(bytes);
    } catch (cause) {
      throw new RpcError(Status.INTERNAL, 'the request could not be decoded', { cause });
    }
    this.#check(request, bytes);
    return request;
  }
}
