/** Opens sockets to a server of rooms and counts what is told: one process for all contenders. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import { serveParent } from '../harness/serveParent.ts';
import { centrifuge, roomNames, socketIo, summaryOf } from './SocketPeer.ts';

export type SocketsAsk =
  | {
      readonly open: string;
      readonly protocol: 'socketIo' | 'centrifuge';
      /** Port that takes what is to be told; undefined: it is published by a socket, as a client. */
      readonly control: number | undefined;
      readonly sockets: number;
      readonly rooms: number;
    }
  | { readonly turn: string; readonly seconds: number };

export interface SocketsAnswer {
  readonly received: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Rooms in which an update did not reach all within the turn and some seconds. */
  readonly lost: number;
}

/** So many are connected at the same time. */
const OPENING = 100;
const LATEST_MS = 10_000;

interface Room {
  readonly name: string;
  members: number;
  missing: number;
  toldAt: number;
}

/** The sockets to one server. */
class Crowd {
  readonly #rooms: Room[];
  readonly #tell: (room: string) => void;
  readonly #lags = createHistogram();
  #received = 0;
  #until = 0;
  #underWay = 0;
  #ended = Promise.withResolvers<void>();

  private constructor(rooms: number, tell: (room: string) => void) {
    this.#rooms = roomNames(rooms).map((name) => ({ name, members: 0, missing: 0, toldAt: 0 }));
    this.#tell = tell;
  }

  static async open(ask: Extract<SocketsAsk, { open: string }>): Promise<Crowd> {
    const protocol = ask.protocol === 'socketIo' ? socketIo : centrifuge;
    const url = ask.open.replace('http', 'ws') + protocol.path;
    const crowd = new Crowd(ask.rooms, await publisher(ask.control, url));
    let next = 0;
    const openSome = async () => {
      while (next < ask.sockets) {
        const room = crowd.#rooms[next++ % ask.rooms];
        if (room) await crowd.#openOne(url, protocol, room);
      }
    };
    await Promise.all(Array.from({ length: OPENING }, openSome));
    return crowd;
  }

  async #openOne(url: string, protocol: typeof socketIo, room: Room): Promise<void> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const joined = Promise.withResolvers<void>();
    socket.on('error', joined.reject);
    if (protocol === centrifuge) socket.on('open', () => socket.send('{"id":1,"connect":{}}'));
    let isIn = false;
    socket.on('message', (data) => {
      const message = String(data);
      const pong = protocol.pong(message);
      if (pong) return socket.send(pong);
      if (isIn) return this.#hear(room, protocol.updates(message));
      isIn = protocol.isJoined(message);
      if (isIn) return joined.resolve();
      const answer = protocol.greet(message, room.name);
      if (answer) socket.send(answer);
    });
    await joined.promise;
    room.members += 1;
  }

  /** One update under way in each room: the next one is told when it has reached all members. */
  async turn(seconds: number): Promise<SocketsAnswer> {
    this.#lags.reset();
    this.#received = 0;
    this.#ended = Promise.withResolvers();
    const begun = performance.now();
    this.#until = begun + seconds * 1_000;
    this.#underWay = this.#rooms.length;
    for (const room of this.#rooms) this.#begin(room);
    const timer = setTimeout(this.#ended.resolve, seconds * 1_000 + LATEST_MS);
    await this.#ended.promise;
    clearTimeout(timer);
    return {
      received: this.#received,
      seconds: (performance.now() - begun) / 1_000,
      p50Us: this.#lags.percentile(50),
      p99Us: this.#lags.percentile(99),
      lost: this.#underWay,
    };
  }

  #begin(room: Room): void {
    room.missing = room.members;
    room.toldAt = performance.now();
    this.#tell(room.name);
  }

  #hear(room: Room, updates: number): void {
    if (updates === 0) return;
    this.#received += updates;
    this.#lags.record(Math.max(1, Math.round((performance.now() - room.toldAt) * 1_000)));
    room.missing -= updates;
    if (room.missing > 0) return;
    if (performance.now() < this.#until) {
      this.#begin(room);
      return;
    }
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#ended.resolve();
  }
}

/** What has an update told in a room. */
async function publisher(
  control: number | undefined,
  url: string,
): Promise<(room: string) => void> {
  if (control !== undefined) {
    const socket = connect({ port: control, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return (room) => void socket.write(`${room}\n`);
  }
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.on('message', (data) => String(data) === '{}' && socket.send('{}'));
  socket.send('{"id":1,"connect":{}}');
  let id = 1;
  return (channel) => {
    id += 1;
    const data = summaryOf(channel, id);
    socket.send(JSON.stringify({ id, publish: { channel, data } }));
  };
}

const crowds = new Map<string, Crowd>();
serveParent<SocketsAsk, SocketsAnswer | undefined>(undefined, async (ask) => {
  if ('open' in ask) {
    crowds.set(ask.open, await Crowd.open(ask));
    return undefined;
  }
  return crowds.get(ask.turn)?.turn(ask.seconds);
});
