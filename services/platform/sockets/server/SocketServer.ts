import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorInfo, type HttpContext, RpcError, Status } from '@weft/mesh/runtime';
import { Server as Engine } from 'engine.io';
import { Server, type Socket } from 'socket.io';
import type { Log } from '../../../kit/Log.ts';
import { limits } from '../limits.ts';
import type { Rooms } from '../rooms/Rooms.ts';
import { SocketReason } from '../rooms/SocketReason.ts';
import { Member } from './Member.ts';
import { type JoinAnswer, type Refusal, readPosition, refusalOf } from './messages.ts';

/** The room that each socket is in from the beginning, where a contract declares it. */
const GENERAL = 'general';

/** What of the request of a WebSocket is looked at. */
export type SocketContext = Pick<HttpContext, 'principal' | 'authenticate' | 'signal' | 'run'>;

type Answer = (said: JoinAnswer | { readonly error: Refusal } | object) => void;

/** A server of Socket.IO over WebSockets that come to it one by one: clients join rooms, and are told what happens there. */
export class SocketServer {
  readonly #engine: Engine;
  readonly #io: Server;
  readonly #rooms: Rooms;
  readonly #log: Log;
  readonly #contexts = new WeakMap<IncomingMessage, SocketContext>();

  constructor(rooms: Rooms, log: Log) {
    this.#rooms = rooms;
    this.#log = log;
    this.#engine = new Engine({
      transports: ['websocket'],
      maxHttpBufferSize: limits.messageBytes,
      perMessageDeflate: false,
    });
    this.#io = new Server({ serveClient: false, connectTimeout: limits.connectMs });
    this.#io.bind(this.#engine);
    this.#io.use((socket, next) => {
      this.#letIn(socket).then(
        () => next(),
        (error) => next(connectError(error)),
      );
    });
    this.#io.on('connection', (socket) => this.#welcome(socket));
  }

  /** How many there are. */
  get size(): number {
    return this.#engine.clientsCount;
  }

  /** Takes a WebSocket: see implementHttp(). */
  take(request: IncomingMessage, socket: Duplex, head: Buffer, context: SocketContext): void {
    this.#contexts.set(request, context);
    // Its revocation, the end of its token, or of this instance: the client comes again, and is told then.
    context.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    this.#engine.handleUpgrade(request, socket, head);
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  /** @throws RpcError for a token that is not good. */
  async #letIn(socket: Socket): Promise<void> {
    const { token } = socket.handshake.auth;
    if (token === undefined || token === null || token === '') return;
    if (typeof token !== 'string') {
      throw new RpcError(Status.INVALID_ARGUMENT, 'auth.token is an access token');
    }
    await this.#contextOf(socket).authenticate(token);
  }

  #contextOf({ request }: Pick<Socket, 'request'>): SocketContext {
    const context = this.#contexts.get(request);
    if (!context) throw new Error('the socket has not been taken');
    return context;
  }

  #welcome(socket: Socket): void {
    const member = new Member(socket, this.#rooms, this.#contextOf(socket));
    forgetRequest(socket);
    // Of Socket.IO's own rooms none is used, not even the one that each socket is in.
    socket.leave(socket.id);
    // Of all that a client sends this is the end: there are no listeners after it.
    socket.use((packet) => this.#hear(socket, member, packet));
    socket.once('disconnect', () => member.end());
    if (this.#rooms.isDeclared(GENERAL)) {
      // Who may not is not in it, as who has not joined any other room.
      member.join(GENERAL, undefined, (said) => socket.emit('joined', said)).catch(() => {});
    }
  }

  #hear(socket: Socket, member: Member, [event, ...args]: readonly [string, ...unknown[]]): void {
    const asked = args.at(-1);
    const answer: Answer = typeof asked === 'function' ? (args.pop() as Answer) : () => {};
    if (!member.limit.take()) {
      answer({ error: refusalOf(tooMany()) });
      if (member.limit.isFlooded) socket.disconnect(true);
      return;
    }
    if (!Object.hasOwn(MESSAGES, event)) {
      answer({ error: refusalOf(unknown(event)) });
      return;
    }
    MESSAGES[event]?.(member, args, answer).catch((error) => {
      answer({ error: refusalOf(error) });
      if (!(error instanceof RpcError)) this.#log.error({ err: error, event }, 'a message');
    });
  }
}

/**
 * What a client said when it connected, its token too, is not kept for as long as it is there.
 *
 * @see https://socket.io/docs/v4/memory-usage/
 */
function forgetRequest(socket: Socket): void {
  Object.assign(socket.conn, { request: null });
  Object.assign(socket, { handshake: undefined });
}

type Handle = (member: Member, args: readonly unknown[], answer: Answer) => Promise<void>;

/** What clients send. */
const MESSAGES: Readonly<Record<string, Handle>> = {
  async join(member, [room, from], answer) {
    await member.join(readName(room), readPosition(from), answer);
  },
  async leave(member, [room], answer) {
    member.leave(readName(room));
    answer({});
  },
};

function readName(room: unknown): string {
  if (typeof room === 'string') return room;
  throw new RpcError(Status.INVALID_ARGUMENT, 'a room is named by a text, such as "asset:SP500"');
}

function unknown(event: string): RpcError {
  return new RpcError(Status.UNIMPLEMENTED, `there is no message "${event}"`, {
    details: [errorInfo(SocketReason.MESSAGE_UNKNOWN)],
  });
}

function tooMany(): RpcError {
  return new RpcError(Status.RESOURCE_EXHAUSTED, 'too many messages', {
    details: [errorInfo(SocketReason.MESSAGE_LIMIT)],
  });
}

/** What Socket.IO tells the client of: `connect_error` with this message and data. */
function connectError(error: unknown): Error & { readonly data: Refusal } {
  const refusal = refusalOf(error);
  return Object.assign(new Error(refusal.message), { data: refusal });
}
