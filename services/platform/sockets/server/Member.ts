import { errorInfo, type HttpContext, RpcError, Status } from '@weft/mesh/runtime';
import type { Socket } from 'socket.io';
import { limits } from '../limits.ts';
import type { Listener, Room, Seat } from '../rooms/Room.ts';
import type { Rooms } from '../rooms/Rooms.ts';
import { SocketReason } from '../rooms/SocketReason.ts';
import type { Position, Update } from '../rooms/Update.ts';
import { MessageLimit } from './MessageLimit.ts';
import type { JoinAnswer } from './messages.ts';

/** Where a socket is in a room; without a seat it is on its way. */
interface Place {
  seat?: Seat;
}

/** One socket, and the rooms that it is in. */
export class Member implements Listener {
  readonly limit = new MessageLimit();
  readonly #socket: Socket;
  readonly #rooms: Rooms;
  readonly #context: Pick<HttpContext, 'principal' | 'run'>;
  /** By the names of their rooms. */
  readonly #places = new Map<string, Place>();
  readonly #waiting = new Set<Seat>();
  #hasEnded = false;

  /** @param context Of the WebSocket's request. */
  constructor(socket: Socket, rooms: Rooms, context: Pick<HttpContext, 'principal' | 'run'>) {
    this.#socket = socket;
    this.#rooms = rooms;
    this.#context = context;
  }

  get isFree(): boolean {
    return this.#socket.conn.transport.writable;
  }

  send({ encoded }: Update): void {
    const { conn } = this.#socket;
    // Engine.IO's own queue, which holds nothing then, costs as much for each socket as all that is done here.
    if (this.isFree && conn.readyState === 'open') conn.transport.send([encoded]);
    else conn.write(encoded.data, encoded.options);
  }

  whenFree(seat: Seat): void {
    this.#waiting.add(seat);
    if (this.#waiting.size === 1) this.#listen();
  }

  reload(name: string): void {
    this.leave(name);
    this.#socket.emit('reload', { room: name });
  }

  /**
   * Joins a room, and is told of it from then on; once more, to be told from another position.
   *
   * @param from What the client has been told up to; undefined: nothing.
   * @param answer Called before anything is told.
   * @throws RpcError when it cannot.
   */
  async join(
    name: string,
    from: Position | undefined,
    answer: (said: JoinAnswer) => void,
  ): Promise<void> {
    // What came before its end may be read after it.
    if (this.#hasEnded) throw new RpcError(Status.CANCELLED, 'the socket has been closed');
    this.leave(name);
    if (this.#places.size >= limits.roomsOfSocket) {
      throw new RpcError(Status.RESOURCE_EXHAUSTED, 'the socket is in too many rooms', {
        details: [errorInfo(SocketReason.ROOM_LIMIT, { most: String(limits.roomsOfSocket) })],
      });
    }
    const room = this.#rooms.use(name, this.#context.principal);
    const place: Place = {};
    this.#places.set(name, place);
    let said: JoinAnswer;
    try {
      said = await this.#begin(room, from);
      if (this.#places.get(name) !== place) {
        throw new RpcError(
          Status.ABORTED,
          'the room has been left, or joined once more, meanwhile',
        );
      }
    } catch (error) {
      if (this.#places.get(name) === place) this.#places.delete(name);
      this.#rooms.release(room);
      throw error;
    }
    answer(said);
    place.seat = room.sit(this, { epoch: said.epoch, offset: said.offset });
  }

  /** Does nothing when it is not there. */
  leave(name: string): void {
    const seat = this.#places.get(name)?.seat;
    this.#places.delete(name);
    if (!seat) return;
    this.#waiting.delete(seat);
    seat.room.leave(seat);
    this.#rooms.release(seat.room);
  }

  /** The socket has been closed. */
  end(): void {
    this.#hasEnded = true;
    for (const name of [...this.#places.keys()]) this.leave(name);
  }

  async #begin({ feed, name }: Room, from: Position | undefined): Promise<JoinAnswer> {
    await feed.ready(from);
    if (from && feed.after(from, 1)) return { room: name, ...from, recovered: true };
    const { position, snapshot } = await feed.begin((work) => this.#context.run(work));
    return { room: name, ...position, ...(from ? { recovered: false } : {}), snapshot };
  }

  /** Engine.IO's own listener comes first, and sends what it holds itself. */
  #listen(): void {
    this.#socket.conn.transport.once('ready', () => this.#goOn());
  }

  #goOn(): void {
    if (this.#waiting.size === 0) return;
    if (!this.isFree) {
      this.#listen();
      return;
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const seat of waiting) seat.catchUp();
  }
}
