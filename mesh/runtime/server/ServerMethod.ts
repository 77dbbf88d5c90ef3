import type { DescMessage } from '@bufbuild/protobuf';
import type { AccessRule, MethodContract } from '../../contracts/index.ts';
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

/**
 * What a server goes by in a method's contract. Without it fields of requests cannot be named, and whoever the intentions
 * let may call.
 */
export type ServedContract = Pick<MethodContract, 'concurrencyLimit' | 'input' | keyof AccessRule>;

const NO_CONTRACT: AccessRule & { readonly input: DescMessage | undefined } = {
  access: 'internal',
  roles: [],
  scopes: [],
  allowsServices: false,
  input: undefined,
};

/** One method as the server sees it. */
export class ServerMethod {
  readonly codec: MethodCodec;
  readonly access: AccessRule;
  readonly #check: RequestCheck;
  readonly #input: DescMessage | undefined;

  constructor(codec: MethodCodec, check: RequestCheck, contract: Partial<ServedContract> = {}) {
    const { input, ...access } = { ...NO_CONTRACT, ...contract };
    this.codec = codec;
    this.access = access;
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
