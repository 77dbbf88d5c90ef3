import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { status as Status } from '@grpc/grpc-js';
import type { Contracts } from '@weft/mesh/contracts';
import { RpcError } from '../rpc/RpcError.ts';
import type { RequestCheck } from '../server/ServerMethod.ts';
import { compileRules } from './compileRules.ts';
import { NotCompilable } from './NotCompilable.ts';
import type { Obeys } from './rules/Obeys.ts';

/**
 * Checks requests by the buf.validate rules of their contracts: first by functions compiled from the rules, which
 * pass what is certainly right; what they do not pass, protovalidate judges and explains.
 */
export class Validator {
  readonly #contracts: Contracts;
  readonly #validate: ReturnType<typeof createValidator>['validate'];

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
    this.#validate = createValidator({ registry: contracts.registry }).validate;
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
    this.#assertCompiles(input);
    const obeys = this.#compile(input);
    return (request, bytes) => {
      if (!obeys(request as never)) this.#explain(input, bytes);
    };
  }

  #compile(type: DescMessage): Obeys<never> {
    try {
      return compileRules(type, this.#contracts.registry, this.#validate) ?? (() => true);
    } catch (error) {
      if (error instanceof NotCompilable) return () => false;
      throw error;
    }
  }

  /** protovalidate compiles a type's rules when it first meets one. */
  #assertCompiles(type: DescMessage): void {
    const { kind, error } = this.#validate(type, fromBinary(type, new Uint8Array()));
    if (kind === 'error' && error.name === 'CompilationError') throw error;
  }

  /**
   * @throws RpcError INVALID_ARGUMENT that names each field and what is wrong with it.
   */
  #explain(type: DescMessage, bytes: Uint8Array): void {
    const result = this.#validate(type, fromBinary(type, bytes));
    if (result.kind === 'valid') return;
    if (result.kind === 'error') {
      // A rule that fails for this request, such as arithmetic that overflows.
      throw new RpcError(
        Status.INVALID_ARGUMENT,
        `the request cannot be checked: ${result.error.message}`,
      );
    }
    throw invalidArgument(result.violations);
  }
}

function invalidArgument(violations: readonly Violation[]): RpcError {
  const fieldViolations = violations.map((violation) => ({
    field: pathToString(violation.field),
    description: violation.message,
    reason: violation.ruleId.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_'),
    localizedMessage: undefined,
  }));
  const [first] = fieldViolations;
  return new RpcError(
    Status.INVALID_ARGUMENT,
    `${first?.field || 'request'}: ${first?.description}`,
    {
      details: [{ type: 'google.rpc.BadRequest', value: { fieldViolations } }],
    },
  );
}
