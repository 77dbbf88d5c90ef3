import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import Consul from 'consul';
import { type GrpcOptions, grpcFromEnvironment } from './GrpcServer.ts';

/** How to ask: at once, or (with `index`) when the answer differs from the one of that index. */
export interface QueryOptions {
  /** `X-Consul-Index` of the answer already known. Absent: answer at once. */
  readonly index?: string;
  /** How long Consul may hold a blocking query, in seconds. Default: 300. Consul adds up to 1/16. */
  readonly waitSeconds?: number;
  /** Any server may answer, also one that is behind the leader. Default: false. */
  readonly stale?: boolean;
  /** A filter expression in Consul's own language. */
  readonly filter?: string;
  /** Of the KV store: all keys below the path. None at all is then an empty list, and not an error. */
  readonly recurse?: boolean;
  /** Of the KV store: the names of all keys below the path, without what they hold. None at all is an empty list. */
  readonly keys?: boolean;
  readonly signal?: AbortSignal;
}

/** An answer and the index to pass to the next blocking query. */
export interface Indexed<T> {
  readonly value: T;
  readonly index: string;
}

export interface ConsulClientOptions {
  /**
   * Such as "http://127.0.0.1:8500", or "unix:///run/consul.sock" for an agent's Unix socket, as Consul's own programs
   * take it. Default: CONSUL_HTTP_ADDR, else http://127.0.0.1:8500.
   */
  readonly address?: string;
  /**
   * ACL token; a function is asked for each request. Default: the content of CONSUL_HTTP_TOKEN_FILE, else
   * CONSUL_HTTP_TOKEN, else none.
   */
  readonly token?: string | (() => string);
  /** How Consul's servers are reached by gRPC. Default: as the environment says. */
  readonly grpc?: GrpcOptions;
}

/** Characters of an answer that are kept: a proxy before Consul may answer with a page. */
const MAX_WORDS = 2_000;

/** What Consul answered when it did not answer 200. */
export class ConsulError extends Error {
  override readonly name = 'ConsulError';
  /** HTTP status, or the one that Consul has for a gRPC status; undefined when no answer came at all. */
  readonly statusCode: number | undefined;
  /** Consul's own words, without what was asked; or why no answer came. */
  readonly reason: string;

  constructor(path: string, statusCode: number | undefined, reason: string, cause: unknown) {
    const outcome = statusCode ? `answered ${statusCode}` : 'could not be asked';
    super(`Consul ${outcome}: ${path}: ${reason}`, { cause });
    this.statusCode = statusCode;
    this.reason = reason;
  }
}

interface PapiResponse {
  readonly headers: Record<string, string | undefined>;
  readonly body: unknown;
}
interface PapiRequest {
  name: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  ctx?: EventEmitter;
  timeout?: number;
  body?: unknown;
  type?: string;
}
type PapiVerb = (request: PapiRequest) => Promise<PapiResponse>;

/**
 * The npm package's client with what it lacks: typed blocking queries by AbortSignal, and the calls
 * under connect/, config/ and discovery-chain/ (as paths: Consul's API is its own documentation).
 */
export class ConsulClient extends Consul {
  declare readonly _get: PapiVerb;
  declare readonly _put: PapiVerb;
  declare readonly _post: PapiVerb;
  declare readonly _delete: PapiVerb;
  readonly address: string;
  /** How its servers are reached by gRPC. */
  readonly grpc: GrpcOptions;
  readonly #token: () => string | undefined;

  constructor(options: ConsulClientOptions = {}) {
    const address = options.address ?? process.env.CONSUL_HTTP_ADDR ?? 'http://127.0.0.1:8500';
    const [, socketPath] = /^unix:\/\/(.+)$/.exec(address) ?? [];
    const token = options.token ?? tokenFromEnvironment();
    if (socketPath) {
      // An option of papi's, which the package builds upon, and which its types leave out.
      super({ socketPath } as object);
      this.address = address;
    } else {
      const url = new URL(/^https?:/.test(address) ? address : `http://${address}`);
      const secure = url.protocol === 'https:';
      super({ host: url.hostname, port: Number(url.port || (secure ? 443 : 80)), secure });
      this.address = url.origin;
    }
    this.grpc = options.grpc ?? grpcFromEnvironment();
    this.#token = typeof token === 'function' ? token : () => token;
  }

  /** The ACL token that requests are made with now. */
  get token(): string | undefined {
    return this.#token() || undefined;
  }

  /** The same agent, asked with another token; "" for none. */
  withToken(token: string): ConsulClient {
    return new ConsulClient({ address: this.address, token, grpc: this.grpc });
  }

  /**
   * GET `/v1` + path.
   *
   * @throws ConsulError with the status Consul gave, or without one when it could not be reached.
   */
  async read<T>(path: string, options: QueryOptions = {}): Promise<Indexed<T>> {
    const query: Record<string, string> = {};
    const waitSeconds = options.waitSeconds ?? 300;
    if (options.index !== undefined) {
      query.index = options.index;
      query.wait = `${waitSeconds}s`;
    }
    if (options.stale) query.stale = '';
    if (options.filter !== undefined) query.filter = options.filter;
    if (options.recurse) query.recurse = '';
    if (options.keys) query.keys = '';
    const isList = options.recurse || options.keys;
    // A blocking query that outlives its wait by this much has lost its connection.
    const timeout = options.index === undefined ? 10_000 : waitSeconds * 1_100 + 5_000;
    const response = await this.#send('_get', path, { query, timeout }, options.signal).catch(
      (error: ConsulError) => {
        const answer = (error.cause as { response?: PapiResponse } | undefined)?.response;
        if (!isList || error.statusCode !== 404 || !answer) throw error;
        return { ...answer, headers: answer.headers, body: [] };
      },
    );
    return { value: response.body as T, index: response.headers['x-consul-index'] ?? '0' };
  }

  /** PUT `/v1` + path, with a body when one is given: a text as it is, all else as JSON. Answers the decoded body. */
  async write<T = unknown>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const type = typeof body === 'string' ? 'text' : 'json';
    const request = body === undefined ? {} : { body, type };
    return (await this.#send('_put', path, { ...request, timeout: 10_000 }, signal)).body as T;
  }

  /** The same by POST, which a few paths take alone. */
  async post<T = unknown>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const request = body === undefined ? {} : { body, type: 'json' };
    return (await this.#send('_post', path, { ...request, timeout: 10_000 }, signal)).body as T;
  }

  /** DELETE `/v1` + path. Answers the decoded body, which is false when a check-and-set failed. */
  async remove<T = unknown>(path: string, signal?: AbortSignal): Promise<T> {
    return (await this.#send('_delete', path, { timeout: 10_000 }, signal)).body as T;
  }

  async #send(
    verb: '_get' | '_put' | '_post' | '_delete',
    path: string,
    request: Partial<PapiRequest>,
    signal: AbortSignal | undefined,
  ): Promise<PapiResponse> {
    signal?.throwIfAborted();
    const { token } = this;
    const ctx = new EventEmitter();
    const cancel = () => ctx.emit('cancel');
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this[verb]({
        name: path,
        path: escapeBraces(path),
        query: {},
        headers: token ? { 'x-consul-token': token } : {},
        ctx,
        ...request,
      });
    } catch (cause) {
      signal?.throwIfAborted();
      const { statusCode, response } = cause as { statusCode?: number; response?: PapiResponse };
      throw new ConsulError(path, statusCode, wordsOf(response) ?? (cause as Error).message, cause);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }
}

/** What an answer says in its body: Consul tells errors as plain text. */
function wordsOf(response: PapiResponse | undefined): string | undefined {
  const { body } = response ?? {};
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body.toString().trim() : '';
  return text === '' ? undefined : text.slice(0, MAX_WORDS);
}

/** papi reads `{name}` in a path as a parameter of its own. */
function escapeBraces(path: string): string {
  return path.replaceAll('{', '%7B').replaceAll('}', '%7D');
}

function tokenFromEnvironment(): string | undefined {
  const file = process.env.CONSUL_HTTP_TOKEN_FILE;
  if (!file) return process.env.CONSUL_HTTP_TOKEN;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`CONSUL_HTTP_TOKEN_FILE cannot be read: ${message}`, { cause: error });
  }
}
