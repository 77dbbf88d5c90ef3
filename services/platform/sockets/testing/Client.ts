import { once } from 'node:events';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';

/** What a client has been told, by the third argument of each event. */
export interface Told {
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly at: { readonly room: string; readonly epoch: string; readonly offset: string };
}

/** What join is answered. */
export interface Joined {
  readonly room: string;
  readonly epoch: string;
  readonly offset: string;
  readonly recovered?: boolean;
  readonly snapshot?: Record<string, unknown> | null;
  readonly error?: { readonly code: string; readonly reason?: string; readonly message: string };
}

/** A stock client that writes down what it is told. */
export class Client implements Disposable {
  readonly socket: Socket;
  /** Of the rooms that it has joined. */
  readonly told: Told[] = [];
  /** Of the room that it is in by itself: what its join has been answered, and what it has been told since. */
  joined: Joined | undefined;
  readonly general: Told[] = [];

  constructor(url: string, options: Partial<ManagerOptions & SocketOptions> = {}) {
    this.socket = io(url, {
      ...{
        transports: ['websocket'],
        forceNew: true,
        reconnectionDelay: 20,
        reconnectionDelayMax: 100,
      },
      ...options,
    });
    this.socket.onAny((event, payload, at) => {
      if (event === 'joined') this.joined = payload;
      else (at?.room === 'general' ? this.general : this.told).push({ event, payload, at });
    });
  }

  /** @throws what it could not be connected for. */
  static async open(
    url: string,
    options: Partial<ManagerOptions & SocketOptions> = {},
  ): Promise<Client> {
    const client = new Client(url, options);
    await Promise.race([
      once(client.socket as never, 'connect'),
      once(client.socket as never, 'connect_error').then(([error]) => {
        client.socket.disconnect();
        throw error;
      }),
    ]);
    return client;
  }

  join(room: string, from?: object): Promise<Joined> {
    return this.socket.emitWithAck('join', room, from ?? null);
  }

  /** Where it stands in a room: its last event there, else what its join was answered. */
  position({ room, epoch, offset }: Joined): Pick<Joined, 'epoch' | 'offset'> {
    const last = this.told.findLast(({ at }) => at?.room === room)?.at;
    return last ? { epoch: last.epoch, offset: last.offset } : { epoch, offset };
  }

  [Symbol.dispose](): void {
    this.socket.disconnect();
  }
}
