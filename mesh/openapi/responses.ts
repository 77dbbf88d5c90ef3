import type { MethodContract } from '../contracts/index.ts';
import type { JsonSchema } from './jsonSchema.ts';

/** A Response Object of OpenAPI, or a reference to one. */
export interface Response {
  readonly $ref?: string;
  readonly description?: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

const RATE_LIMIT_HEADERS = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

const headers = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** For `components.headers`. */
export const responseHeaders = {
  'X-RateLimit-Limit': whole('Calls that the bucket of this caller and method holds.'),
  'X-RateLimit-Remaining': whole('Calls that are left in it.'),
  'X-RateLimit-Reset': whole('Seconds until it is filled again, by one call or more.'),
  'Retry-After': whole('Seconds after which a call is let in.'),
  'WWW-Authenticate': { description: 'What to show.', schema: { type: 'string' } },
  Allow: { description: 'The verbs that the path knows.', schema: { type: 'string' } },
  'X-Request-Id': {
    description: 'Of this request, in the logs of edge and service.',
    schema: { type: 'string' },
  },
} as const;

function whole(description: string) {
  return { description, schema: { type: 'integer', minimum: 0 } } as const;
}

interface ErrorKind {
  readonly status: string;
  readonly description: string;
  readonly headers?: readonly string[];
  /** Default: with any method. */
  readonly holds?: (method: MethodContract, hasBody: boolean) => boolean;
}

/** HTTP statuses of errors, by google.rpc.Code: google/rpc/code.proto; and what the edge answers by itself. */
const ERRORS: Readonly<Record<string, ErrorKind>> = {
  BadRequest: {
    status: '400',
    description:
      'INVALID_ARGUMENT, FAILED_PRECONDITION or OUT_OF_RANGE: what is asked for cannot be done as it is said. `details` has a google.rpc.BadRequest with each field, or a google.rpc.ErrorInfo with the reason.',
  },
  Unauthorized: {
    status: '401',
    description: 'UNAUTHENTICATED: no credential that holds was shown.',
    headers: ['WWW-Authenticate'],
  },
  Forbidden: { status: '403', description: 'PERMISSION_DENIED: this caller may not.' },
  NotFound: { status: '404', description: 'NOT_FOUND: there is no such thing.' },
  MethodNotAllowed: {
    status: '405',
    description: 'The path knows other verbs only.',
    headers: ['Allow'],
  },
  RequestTimeout: {
    status: '408',
    description: 'The request did not arrive in time.',
    holds: (_, hasBody) => hasBody,
  },
  Conflict: {
    status: '409',
    description:
      'ALREADY_EXISTS or ABORTED: it is there already, or somebody else changed it meanwhile.',
  },
  ContentTooLarge: {
    status: '413',
    description: 'The body is too large.',
    holds: (_, hasBody) => hasBody,
  },
  TooManyRequests: {
    status: '429',
    description: 'RESOURCE_EXHAUSTED: a limit of this caller, or of the service, is reached.',
    headers: ['Retry-After', ...RATE_LIMIT_HEADERS],
  },
  HeadersTooLarge: { status: '431', description: 'The request headers are too large.' },
  InternalServerError: {
    status: '500',
    description: 'INTERNAL, UNKNOWN or DATA_LOSS: a fault of the service.',
  },
  NotImplemented: { status: '501', description: 'UNIMPLEMENTED: not yet, or no longer.' },
  ServiceUnavailable: {
    status: '503',
    description: 'UNAVAILABLE: the service cannot be reached now; the same may succeed later.',
  },
  GatewayTimeout: {
    status: '504',
    description: 'DEADLINE_EXCEEDED: the service did not answer in time.',
  },
};

/** For `components.responses`: each error, as google.rpc.Status. */
export function errorResponses(status: JsonSchema): Readonly<Record<string, Response>> {
  return Object.fromEntries(
    Object.entries(ERRORS).map(([name, error]) => [
      name,
      {
        description: error.description,
        headers: headers('X-Request-Id', ...(error.headers ?? [])),
        content: { 'application/json': { schema: status } },
      },
    ]),
  );
}

/** All that a call of the method may be answered with. */
export function responsesOf(
  method: MethodContract,
  hasBody: boolean,
  answer: JsonSchema,
): Readonly<Record<string, Response>> {
  const errors = Object.entries(ERRORS).filter(([, { holds }]) => holds?.(method, hasBody) ?? true);
  return {
    '200': success(method, answer),
    ...Object.fromEntries(
      errors.map(([name, { status }]) => [status, { $ref: `#/components/responses/${name}` }]),
    ),
  };
}

function success({ responseStream }: MethodContract, answer: JsonSchema): Response {
  const known = headers('X-Request-Id', ...RATE_LIMIT_HEADERS);
  if (!responseStream) {
    return {
      description: 'Done.',
      headers: known,
      content: { 'application/json': { schema: answer } },
    };
  }
  return {
    description:
      'Server-sent events: the `data` of each is one message. Why the stream ended stands in the trailer `grpc-status`.',
    headers: known,
    content: {
      'text/event-stream': {
        schema: { type: 'string', contentMediaType: 'application/json', contentSchema: answer },
      },
    },
  };
}
