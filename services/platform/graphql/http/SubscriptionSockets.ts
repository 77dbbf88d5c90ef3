import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type HttpContext, RpcError, Status } from '@weft/mesh/runtime';
import { GraphQLError } from 'graphql';
import {
  CloseCode,
  type Context,
  handleProtocols,
  makeServer,
  type Server,
  type SubscribePayload,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Log } from '../../../kit/Log.ts';
import { TokenBucket } from '../../../kit/TokenBucket.ts';
import { askerOf } from '../calls/Asker.ts';
import { GraphqlReason } from '../GraphqlReason.ts';
import { limits } from '../limits.ts';
import type { Operations } from '../operations/Operations.ts';
import { toGraphqlError } from '../operations/toGraphqlError.ts';
import type { Execute } from './execution.ts';

/** What of the request of a WebSocket is looked at. */
export type SocketContext = Pick<
  HttpContext,
  'principal' | 'peer' | 'authenticate' | 'signal' | 'run'
>;

interface Extra {
  readonly context: SocketContext;
  readonly headers: Http2ServerRequest['headers'];
  readonly socket: WebSocket;
}

type Params = Record<string, unknown> | undefined;

/** RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
/** Free for applications: more messages than a client may send. */
const TOO_MANY = 4429;

/**
 * Operations over WebSockets that come one by one, by the protocol graphql-transport-ws.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export class SubscriptionSockets {
  readonly #operations: Operations;
  readonly #log: Log;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.requestBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  readonly #server: Server<Extra>;

  constructor(operations: Operations, execute: Execute, log: Log) {
    this.#operations = operations;
    this.#log = log;
    this.#server = makeServer<Params, Extra>({
      execute,
      connectionInitWaitTimeout: limits.connectMs,
      onConnect: (context) => this.#letIn(context),
      onSubscribe: (context, _id, payload) => this.#prepare(context, payload),
    });
  }

  /** How many there are. */
  get size(): number {
    return this.#sockets.clients.size;
  }

  /** Takes a WebSocket: see implementHttp(). */
  take(request: Http2ServerRequest, duplex: Duplex, head: Buffer, context: SocketContext): void {
    const incoming = request as unknown as IncomingMessage;
    this.#sockets.handleUpgrade(incoming, duplex as never, head, (socket) =>
      this.#open({ context, socket, headers: request.headers }),
    );
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.close(GOING_AWAY, 'the instance stops');
    this.#sockets.close();
  }

  #open(extra: Extra): void {
    const { context, socket } = extra;
    const messages = new TokenBucket(limits.messages);
    const closed = this.#server.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((resolve, reject) => {
            socket.send(text, (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data) => {
            if (messages.take() > 0) {
              socket.close(TOO_MANY, 'too many messages');
              return;
            }
            // Its calls are on behalf of who has opened the socket, and end with it.
            context
              .run(() => take(String(data)))
              .catch((error) => {
                if (socket.readyState !== socket.OPEN) return;
                this.#log.error({ err: error }, 'a message');
                socket.close(CloseCode.InternalServerError, 'internal error');
              });
          }),
      },
      extra,
    );
    const endPings = keepAlive(socket);
    // Its revocation, the end of its token, or of this instance: the client comes again, and is told then.
    const end = () => socket.close(...endOf(context.signal.reason));
    context.signal.addEventListener('abort', end, { once: true });
    // One that breaks closes, which is what is listened for.
    socket.on('error', () => {});
    socket.once('close', (code, reason) => {
      endPings();
      context.signal.removeEventListener('abort', end);
      closed(code, String(reason)).catch((error) => this.#log.error({ err: error }, 'a socket'));
    });
  }

  /** Who shows no token is who the request came from. */
  async #letIn({ connectionParams, extra }: Context<Params, Extra>): Promise<boolean> {
    const token = tokenIn(connectionParams);
    if (token === undefined) return true;
    try {
      await extra.context.authenticate(token);
      return true;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const isAway = error.code === Status.UNAVAILABLE;
      extra.socket.close(isAway ? GOING_AWAY : CloseCode.Forbidden, error.message.slice(0, 120));
      return false;
    }
  }

  #prepare({ extra, subscriptions }: Context<Params, Extra>, payload: SubscribePayload) {
    try {
      if (Object.keys(subscriptions).length > limits.operationsOfSocket) {
        const message = `no more than ${limits.operationsOfSocket} operations go on at a time`;
        const extensions = { code: 'RESOURCE_EXHAUSTED', reason: GraphqlReason.SOCKET_OPERATIONS };
        return [new GraphQLError(message, { extensions })];
      }
      const { idempotencyKey } = payload.extensions ?? {};
      const key = typeof idempotencyKey === 'string' ? idempotencyKey : undefined;
      // The header of the upgrade is not that of each mutation.
      const asker = askerOf(extra.context, { ...extra.headers, 'idempotency-key': key });
      return this.#operations.prepare(payload, asker) as GraphQLError[];
    } catch (error) {
      return [toGraphqlError(error, this.#log)];
    }
  }
}

/** As clients say it: `{authorization: "Bearer ..."}`, in whatever letters, or `{token}`. */
function tokenIn(params: Params): string | undefined {
  for (const [name, value] of Object.entries(params ?? {})) {
    if (typeof value !== 'string' || value === '') continue;
    if (name.toLowerCase() === 'authorization') return value.replace(/^bearer\s+/i, '');
    if (name === 'token') return value;
  }
  return undefined;
}

/** Asks whether the client is still there. @returns how to end it. */
function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, limits.pingMs);
  return () => clearInterval(timer);
}

function endOf(reason: unknown): [code: number, reason: string] {
  const isRefused = reason instanceof RpcError && reason.code === Status.UNAUTHENTICATED;
  const text = reason instanceof Error ? reason.message.slice(0, 120) : '';
  return [isRefused ? CloseCode.Forbidden : GOING_AWAY, text];
}
