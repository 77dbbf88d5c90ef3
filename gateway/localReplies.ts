import { isGrpcCall } from './callKind.ts';
import type { Config } from './typedConfig.ts';

/** The gRPC code and the words for an HTTP status that Envoy itself answers with. */
interface Reply {
  readonly status: number;
  /** google.rpc.Code. */
  readonly code: number;
  /** In Envoy's format language. */
  readonly message: string;
  /** What a gRPC caller is told in its place: it stands in the trace too, where no path may. Default: the same. */
  readonly toGrpc?: string;
  /** Added to it. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** google.rpc.Code.UNKNOWN. */
const UNKNOWN = 2;

/** What the filter that answers had to say. */
const OWN_WORDS = '%LOCAL_REPLY_BODY%';

const replies: readonly Reply[] = [
  // To gRPC only: a call that is aborted on purpose.
  { status: 200, code: UNKNOWN, message: OWN_WORDS },
  { status: 400, code: 3, message: OWN_WORDS },
  { status: 401, code: 16, message: OWN_WORDS },
  { status: 403, code: 7, message: OWN_WORDS },
  {
    status: 404,
    code: 5,
    message: 'no such path: %PATH(NQ:ORIG_OR_PATH)%',
    toGrpc: 'no such method',
  },
  {
    status: 405,
    code: 12,
    message: '%REQ(:METHOD)% is not allowed on %PATH(NQ:ORIG_OR_PATH)%',
  },
  { status: 408, code: 4, message: 'the request did not arrive in time' },
  { status: 413, code: 8, message: 'the request body is too large' },
  { status: 415, code: 3, message: OWN_WORDS },
  { status: 429, code: 8, message: 'too many requests from this address; try again later' },
  {
    status: 431,
    code: 8,
    message: 'the request headers are too large',
    // No filter has seen the request, that of CORS neither. The answer says nothing that a page of any origin may not read.
    headers: { 'access-control-allow-origin': '*' },
  },
  { status: 500, code: 13, message: OWN_WORDS },
  { status: 502, code: 14, message: 'the service broke off the call' },
  { status: 503, code: 14, message: 'the service cannot be reached' },
  { status: 504, code: 4, message: 'the service did not answer in time' },
];

/**
 * Answers that Envoy gives without asking a service, as JSON in the shape of google.rpc.Status: the
 * same that a service's error becomes. A gRPC caller gets the bare words, which Envoy puts into
 * `grpc-message` beside the status it has chosen.
 */
export const localReplies: Config = {
  mappers: replies.flatMap((reply) => [
    {
      filter: allOf(hasStatus(reply.status), isGrpcCall),
      body_format_override: text(reply.toGrpc ?? reply.message),
    },
    {
      filter: hasStatus(reply.status),
      body_format_override: json(reply.code, reply.message),
      headers_to_add: Object.entries(reply.headers ?? {}).map(([key, value]) => ({
        ...{ header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      })),
    },
  ]),
  body_format: json(UNKNOWN, OWN_WORDS),
};

function json(code: number, message: string): Config {
  return { json_format: { code, message, details: [] } };
}

function text(words: string): Config {
  return { text_format_source: { inline_string: words } };
}

function hasStatus(status: number): Config {
  return {
    status_code_filter: {
      comparison: { op: 'EQ', value: { default_value: status, runtime_key: 'edge.unused' } },
    },
  };
}

function allOf(...filters: readonly Config[]): Config {
  return { and_filter: { filters } };
}
