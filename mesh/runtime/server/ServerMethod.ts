import type { DescMessage } from '@bufbuild/protobuf';
import type { MethodCodec } from '../rpc/MethodCodec.ts';
import { UndecodableRequest } from './UndecodableRequest.ts';

/**
 * Looks at a request before the handler does.
 *
 * @param encoded Encodes the request as it was understood. The bytes that it came in may say more: a part of a message that
 *   stands there twice is merged by other decoders, and by ours the last one counts.
 * @throws RpcError INVALID_ARGUMENT when it breaks a rule of its contract.
 */
export type RequestCheck = (request: unknown, encoded: () => Uint8Array) => void;

/** One method as the server sees it. */
export class ServerMethod {
  readonly codec: MethodCodec;
  readonly #check: RequestCheck;
  readonly #input: DescMessage | undefined;

  /** @param input Of its requests, to name their fields by; undefined: they cannot be named. */
  constructor(codec: MethodCodec, check: RequestCheck, input?: DescMessage) {
    this.codec = codec;
    this.#check = check;
    this.#input = input;
  }

  /**
   * Decodes and checks a request.
   *
   * @throws UndecodableRequest for bytes that do not become a message.
   * @throws RpcError INVALID_ARGUMENT for a message that breaks a rule.
   */
  read(bytes: Uint8Array): unknown {
    let request: unknown;
    try {
      request = this.codec.decodeRequest(bytes);
    } catch (cause) {
      throw UndecodableRequest.from(bytes, this.#input, cause);
    }
    this.#check(request, () => this.codec.encodeRequest(request));
    return request;
  }
}
