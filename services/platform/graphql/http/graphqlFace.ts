import { type HttpImplementation, implementHttp, RpcError, Status } from '@weft/mesh/runtime';
import { type Asset, serveAsset } from '../../../kit/http/Asset.ts';
import type { Log } from '../../../kit/Log.ts';
import type { Operations } from '../operations/Operations.ts';
import { makeExecute } from './execution.ts';
import { graphqlHttp } from './graphqlHttp.ts';
import { SubscriptionSockets } from './SubscriptionSockets.ts';
import { serverSentEvents, wantsEvents } from './serverSentEvents.ts';

/** Where clients of GraphQL look for it. */
export const ROUTE = '/graphql';

export interface GraphqlFaceOptions {
  readonly operations: Operations;
  readonly log: Log;
  /** The page to try queries on, by path: see readPlayground(). Default: there is none, and answers do not say what they cost. */
  readonly playground?: ReadonlyMap<string, Asset> | undefined;
}

/** All ways in which operations come: HTTP, server-sent events, WebSockets. */
export interface GraphqlFace {
  readonly http: HttpImplementation;
  readonly sockets: SubscriptionSockets;
}

export function graphqlFace({ operations, log, playground }: GraphqlFaceOptions): GraphqlFace {
  const execute = makeExecute(playground !== undefined);
  const plain = graphqlHttp(operations, execute);
  const events = serverSentEvents(operations, execute);
  const sockets = new SubscriptionSockets(operations, execute, log);
  const http = implementHttp(ROUTE, {
    request(request, response, context) {
      const [path = ''] = request.url.split('?', 1);
      const isPage =
        path !== ROUTE || (/text\/html/.test(request.headers.accept ?? '') && path === request.url);
      if (playground?.has(path) && isPage) return serveAsset(playground, request, response);
      if (path !== ROUTE) throw new RpcError(Status.NOT_FOUND, `no such path: ${path}`);
      return wantsEvents(request)
        ? events(request, response, context)
        : plain(request, response, context);
    },
    upgrade: (request, socket, head, context) => sockets.take(request, socket, head, context),
  });
  return { http, sockets };
}
