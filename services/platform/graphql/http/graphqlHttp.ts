import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { HttpContext } from '@weft/mesh/runtime';
import type { GraphQLError } from 'graphql';
import { createHandler, parseRequestParams, type Request, type RequestParams } from 'graphql-http';
import { type Asker, askerOf } from '../calls/Asker.ts';
import type { Operations } from '../operations/Operations.ts';
import type { Execute } from './execution.ts';
import { readBody } from './readBody.ts';

/** What each request is answered with, and kept by nobody: it is for who has asked. */
const NOT_KEPT = { 'cache-control': 'no-store' };

type GraphqlRequest = Request<Http2ServerRequest, Asker>;

/** Answers queries and mutations by the rules of GraphQL over HTTP: https://graphql.github.io/graphql-over-http/draft/ */
export function graphqlHttp(operations: Operations, execute: Execute) {
  const handle = createHandler<Http2ServerRequest, Asker>({
    execute,
    parseRequestParams: readParams,
    onSubscribe: (request, params) =>
      operations.prepare(params, request.context) as readonly GraphQLError[],
  });
  return async (
    request: Http2ServerRequest,
    response: Http2ServerResponse,
    context: HttpContext,
  ): Promise<void> => {
    const [body, { status, headers }] = await handle(await requestOf(request, context));
    response.writeHead(status, { ...headers, ...NOT_KEPT }).end(body ?? '');
  };
}

/** A request as graphql-http takes it, its body read. */
export async function requestOf(
  request: Http2ServerRequest,
  context: HttpContext,
): Promise<GraphqlRequest> {
  const { method, url, headers } = request;
  return {
    ...{ method, url, raw: request },
    headers: headers as GraphqlRequest['headers'],
    body: method === 'POST' ? await readBody(request) : null,
    context: askerOf(context, headers),
  };
}

/** As graphql-http reads it; who names a persisted operation need not say its text. */
export async function readParams(
  request: GraphqlRequest,
): Promise<RequestParams | Awaited<ReturnType<typeof parseRequestParams>>> {
  return parseRequestParams(withText(request));
}

function withText(request: GraphqlRequest): GraphqlRequest {
  if (request.method === 'GET') {
    const [path = '', search = ''] = request.url.split('?', 2);
    const given = new URLSearchParams(search);
    if (given.has('query') || !given.get('extensions')?.includes('persistedQuery')) return request;
    given.set('query', '');
    return { ...request, url: `${path}?${given}` };
  }
  if (typeof request.body !== 'string' || !request.body.includes('persistedQuery')) return request;
  try {
    const body = JSON.parse(request.body);
    if (body?.query !== undefined || !body?.extensions?.persistedQuery) return request;
    return { ...request, body: { ...body, query: '' } };
  } catch {
    // It is told what is wrong with it by who reads it next.
    return request;
  }
}
