import { once } from 'node:events';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { HttpContext } from '@weft/mesh/runtime';
import {
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  OperationTypeNode,
  subscribe,
} from 'graphql';
import type { Response } from 'graphql-http';
import type { Operations, PreparedOperation } from '../operations/Operations.ts';
import type { Execute } from './execution.ts';
import { readParams, requestOf } from './graphqlHttp.ts';

/** A comment, so that a client and all between know that a quiet stream is there. */
const PING_MS = 12_000;
const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' };

/**
 * Answers an operation by server-sent events, a subscription as long as it goes on: GraphQL over SSE in distinct connections, which
 * need no memory of their clients and so may come to any instance.
 *
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export function serverSentEvents(operations: Operations, execute: Execute) {
  return async (
    request: Http2ServerRequest,
    response: Http2ServerResponse,
    context: HttpContext,
  ): Promise<void> => {
    const given = await requestOf(request, context);
    let params: Awaited<ReturnType<typeof readParams>>;
    try {
      params = await readParams(given);
    } catch (error) {
      params = refused(400, (error as Error).message);
    }
    if (isResponse(params)) return answer(response, params);
    const prepared = operations.prepare(params, given.context);
    if (isErrors(prepared)) return tell(response, [{ errors: prepared }]);
    const kind = getOperationAST(prepared.document, prepared.operationName)?.operation;
    if (kind === OperationTypeNode.MUTATION && given.method === 'GET') {
      return answer(response, refused(405, 'Cannot perform mutations over GET', { allow: 'POST' }));
    }
    await tell(response, await resultsOf(prepared, kind, execute));
  };
}

/** Whether a client wants events. */
export function wantsEvents({ headers }: Pick<Http2ServerRequest, 'headers'>): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.accept ?? '');
}

async function resultsOf(
  prepared: PreparedOperation,
  kind: OperationTypeNode | undefined,
  execute: Execute,
): Promise<Iterable<ExecutionResult> | AsyncIterable<ExecutionResult>> {
  if (kind !== OperationTypeNode.SUBSCRIPTION) return [await execute(prepared)];
  const results = await subscribe(prepared);
  return Symbol.asyncIterator in results ? results : [results];
}

/** As fast as the client reads: what comes meanwhile waits where it comes from. */
async function tell(
  response: Http2ServerResponse,
  results: Iterable<ExecutionResult> | AsyncIterable<ExecutionResult>,
): Promise<void> {
  response.writeHead(200, HEADERS);
  response.write(':\n\n');
  const pings = setInterval(() => response.write(':\n\n'), PING_MS);
  const gone = once(response, 'close');
  const iterator = iteratorOf(results);
  void gone.then(() => iterator.return?.());
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done || response.destroyed) break;
      if (!response.write(event('next', value))) {
        await Promise.race([once(response, 'drain'), gone]);
      }
    }
    response.end(event('complete'));
  } finally {
    clearInterval(pings);
    await iterator.return?.();
  }
}

function iteratorOf<Value>(
  values: Iterable<Value> | AsyncIterable<Value>,
): Iterator<Value> | AsyncIterator<Value> {
  if (Symbol.asyncIterator in values) return values[Symbol.asyncIterator]();
  return values[Symbol.iterator]();
}

function event(name: string, data?: ExecutionResult): string {
  return `event: ${name}\ndata: ${data ? JSON.stringify(data) : ''}\n\n`;
}

function refused(status: number, message: string, headers = {}): Response {
  const body = JSON.stringify({ errors: [new GraphQLError(message)] });
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return [body, { status, statusText: '', headers: { ...type, ...headers } }];
}

function answer(response: Http2ServerResponse, [body, { status, headers }]: Response): void {
  response.writeHead(status, { ...headers }).end(body ?? '');
}

function isResponse(params: unknown): params is Response {
  return Array.isArray(params);
}

function isErrors(
  prepared: PreparedOperation | readonly GraphQLError[],
): prepared is readonly GraphQLError[] {
  return Array.isArray(prepared);
}
