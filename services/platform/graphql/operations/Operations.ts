import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Log } from '../../../kit/Log.ts';
import type { Asker } from '../calls/Asker.ts';
import type { Caller } from '../calls/Caller.ts';
import { GraphqlReason } from '../GraphqlReason.ts';
import { limits } from '../limits.ts';
import { checkShape } from './checkShape.ts';
import { costOf } from './costOf.ts';
import type { KnownOperations } from './KnownOperations.ts';
import { type Cost, Operation } from './Operation.ts';
import { refusal } from './toGraphqlError.ts';

export interface OperationsOptions {
  readonly schema: GraphQLSchema;
  readonly caller: Caller;
  readonly known: KnownOperations;
  /** Whether clients may ask what the schema is. */
  readonly introspection: boolean;
  readonly log: Log;
}

/** What a request asks for: https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that may begin. */
export interface PreparedOperation extends ExecutionArgs {
  readonly contextValue: Operation;
}

/** Looks at each operation before any service is called for it: whether it is one, and whether it costs too much. */
export class Operations {
  readonly #options: OperationsOptions;
  /** Texts that have been found right, read. */
  readonly #documents = new LRUCache<string, DocumentNode>({
    maxSize: limits.rememberedCharacters,
    sizeCalculation: (_, text) => text.length,
  });

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** @returns the operation, or what is wrong with it. */
  prepare(request: OperationRequest, asker: Asker): PreparedOperation | readonly GraphQLError[] {
    try {
      return this.#prepare(request, asker);
    } catch (error) {
      if (error instanceof Refused) return error.errors;
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  #prepare(request: OperationRequest, asker: Asker): PreparedOperation {
    const { schema, caller, known, log } = this.#options;
    const { operationName = null, variables = null } = request;
    const document = this.#read(known.textOf(request.query, request.extensions));
    const operation = getOperationAST(document, operationName);
    if (!operation) throw refusal(GraphqlReason.QUERY_INVALID, 'which operation is not said');
    const { coerced, errors } = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      variables ?? {},
      { maxErrors: limits.validationErrors },
    );
    if (errors) throw new Refused(errors.map(invalid));
    const cost = costOf(schema, document, operation, coerced);
    assertAffordable(cost);
    return {
      ...{ schema, document, operationName },
      variableValues: variables,
      contextValue: new Operation({ caller, asker, log, cost }),
    };
  }

  /** @throws GraphQLError or Refused for a text that is no query of the schema. */
  #read(text: string): DocumentNode {
    const remembered = this.#documents.get(text);
    if (remembered) return remembered;
    const document = parseQuery(text);
    checkShape(document);
    const { schema, introspection } = this.#options;
    const rules = introspection
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    const errors = validate(schema, document, rules, { maxErrors: limits.validationErrors });
    if (errors.length > 0) throw new Refused(errors.map(invalid));
    this.#documents.set(text, document);
    return document;
  }
}

/** More than one thing is wrong. */
class Refused extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super('the operation is refused');
    this.errors = errors;
  }
}

function parseQuery(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const isLong = /more tha[nt] \d+ tokens/.test(error.message);
    const reason = isLong ? GraphqlReason.QUERY_TOO_LARGE : GraphqlReason.QUERY_MALFORMED;
    throw withReason(error, reason);
  }
}

function invalid(error: GraphQLError): GraphQLError {
  return withReason(error, GraphqlReason.QUERY_INVALID);
}

/** The error with code and reason beside its place. */
function withReason(error: GraphQLError, reason: GraphqlReason): GraphQLError {
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, {
    ...{ nodes: nodes ?? null, source: source ?? null, positions: positions ?? null },
    extensions: { code: 'INVALID_ARGUMENT', reason },
  });
}

/** @throws GraphQLError for what may cost more than it may. */
function assertAffordable({ calls, objects }: Cost): void {
  if (calls > limits.calls) {
    const message = `it may cost ${calls} calls of services, and no more than ${limits.calls} are made`;
    throw refusal(GraphqlReason.QUERY_COST, message, { calls, limit: limits.calls });
  }
  if (objects > limits.objects) {
    const message = `it may answer ${objects} objects, and no more than ${limits.objects} are: ask for smaller pages`;
    throw refusal(GraphqlReason.QUERY_COST, message, { objects, limit: limits.objects });
  }
}
