import type { DescMethod } from '@bufbuild/protobuf';
import type { HttpBinding, MethodContract, RateLimit } from '../contracts/index.ts';
import { commentOf } from './commentOf.ts';
import { readHttpPath } from './httpPath.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { headerParameters, type Parameter, pathParameters, queryParameters } from './parameters.ts';
import { type Response, responsesOf } from './responses.ts';
import type { SchemaBook } from './SchemaBook.ts';
import { securityOf } from './security.ts';

/** An Operation Object of OpenAPI. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Response>>;
  readonly security: readonly object[];
  /** Calls of one caller: a bucket of `requests`, refilled evenly within `perSeconds`. */
  readonly 'x-weft-rate-limit': { readonly requests: number; readonly perSeconds: number };
  /** As the contract's `idempotency_level` has it. */
  readonly 'x-weft-idempotency': string;
}

/**
 * One REST binding of a method.
 *
 * @param turn Which of the method's bindings it is, from 0: an id may stand once only.
 */
export function operation(
  method: MethodContract,
  described: DescMethod,
  binding: HttpBinding,
  turn: number,
  book: SchemaBook,
): Operation {
  const { input, output } = method;
  const { variables } = readHttpPath(binding.path);
  const filled = new Set([...Object.values(variables), binding.body]);
  const parameters = [
    ...pathParameters(input, variables, book),
    ...(binding.body === '*' ? [] : queryParameters(input, filled, book)),
    ...headerParameters(method),
  ];
  const hasBody = binding.body !== '';
  const comment = commentOf(described);
  return {
    operationId: `${described.parent.name}_${method.name}${turn > 0 ? `_${turn + 1}` : ''}`,
    tags: [described.parent.name],
    summary: inWords(method.name),
    description: [comment, limitInWords(method.rateLimit)].filter(Boolean).join('\n\n'),
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && { requestBody: requestBody(method, binding, variables, book) }),
    responses: responsesOf(method, hasBody, book.message(output)),
    security: securityOf(method, method.responseStream && binding.method === 'GET'),
    'x-weft-rate-limit': {
      requests: method.rateLimit.requests,
      perSeconds: method.rateLimit.perMs / 1_000,
    },
    'x-weft-idempotency': method.idempotency,
  };
}

function requestBody(
  { input }: MethodContract,
  { body }: HttpBinding,
  variables: Readonly<Record<string, string>>,
  book: SchemaBook,
): object {
  const field = input.fields.find(({ name }) => name === body);
  const schema: JsonSchema = field ? book.field(field) : whole();
  return { required: true, content: { 'application/json': { schema: closed(schema) } } };

  /** Without what the path says: the transcoder refuses to hear it twice. */
  function whole(): JsonSchema {
    const named = new Set(Object.values(variables));
    if (named.size === 0) return book.message(input);
    const fields = input.fields.filter(({ name }) => !named.has(name));
    return book.partOf(input, fields);
  }
}

/** "ListAssets" is "List assets". */
function inWords(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The edge refuses fields that the message does not have. */
function closed(schema: JsonSchema): JsonSchema {
  return { ...schema, unevaluatedProperties: false };
}

function limitInWords({ requests, perMs }: RateLimit): string {
  const seconds = perMs / 1_000;
  const period = seconds === 1 ? 'a second' : `in ${seconds} seconds`;
  return `At most ${requests} calls ${period} of one caller.`;
}
