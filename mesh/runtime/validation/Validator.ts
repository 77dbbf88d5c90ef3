import { createRequire } from 'node:module';
import { type DescFile, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import type { Validator as Protovalidate } from '@bufbuild/protovalidate';
import { status as Status } from '@grpc/grpc-js';
import type { Contracts } from '@weft/mesh/contracts';
import { RpcError } from '../rpc/RpcError.ts';
import type { RequestCheck } from '../server/ServerMethod.ts';
import { compileRules } from './compileRules.ts';
import { NotCompilable } from './NotCompilable.ts';
import type { Predicate } from './rules/Predicate.ts';
import { assertCompiles } from './validateSingleField.ts';

const require = createRequire(import.meta.url);

/** By require(), since a request that is being judged cannot wait. */
const load = () => require('./protovalidate.ts') as typeof import('./protovalidate.ts');

/**
 * Checks requests by the buf.validate rules of their contracts: first by functions compiled from the rules, which
 * pass what is certainly right; what they do not pass, protovalidate judges and explains. With its CEL it takes longer to
 * load than all of the runtime, so it comes with the first rule that cannot be compiled, or the first request that is
 * wrong.
 */
export class Validator {
  readonly #contracts: Contracts;
  /** By the file whose types they judge: an extension of the rules is in what it imports. */
  readonly #judges = new Map<DescFile, Protovalidate>();

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  /**
   * The check for the requests of a method.
   *
   * @param path Such as "/market.v1.AnalyticsService/ListAssets".
   * @throws when the contracts have no such method, or a rule that cannot be compiled.
   */
  checkOf(path: string): RequestCheck {
    const input = this.#contracts.method(path)?.input;
    if (!input) throw new Error(`no method ${path} in the contracts image`);
    const obeys = this.#compile(input);
    return (request, encoded) => {
      // What protovalidate judges must be what the handler gets, and not what it would read in the same bytes.
      if (!obeys(request as never)) this.#explain(input, encoded());
    };
  }

  #compile(type: DescMessage): Predicate<never> {
    const validate: Protovalidate['validate'] = (each, message) =>
      this.#judge(type.file).validate(each, message);
    try {
      const registry = this.#contracts.registryOf(type.file);
      return compileRules(type, registry, validate) ?? (() => true);
    } catch (error) {
      if (!(error instanceof NotCompilable)) throw error;
      assertCompiles(type, validate);
      return () => false;
    }
  }

  #judge(file: DescFile): Protovalidate {
    let judge = this.#judges.get(file);
    if (!judge) {
      judge = load().createValidator({ registry: this.#contracts.registryOf(file) });
      this.#judges.set(file, judge);
    }
    return judge;
  }

  /**
   * @throws RpcError INVALID_ARGUMENT that names each field and what is wrong with it.
   */
  #explain(type: DescMessage, bytes: Uint8Array): void {
    const request = fromBinary(type, bytes);
    const result = this.#judge(type.file).validate(type, request);
    if (result.kind === 'valid') return;
    if (result.kind === 'error') {
      // A rule that fails for this request, such as arithmetic that overflows.
      throw new RpcError(
        Status.INVALID_ARGUMENT,
        `the request cannot be checked: ${result.error.message}`,
      );
    }
    throw load().invalidArgument(result.violations, type, request);
  }
}
