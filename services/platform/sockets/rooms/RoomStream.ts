import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { roomStreamOf, roomSubjects } from '@weft/mesh/events';
import { Backoff } from '@weft/mesh/runtime';
import type { Log } from '../../../kit/Log.ts';
import { Wake } from '../../../kit/Wake.ts';

/** What of a message is looked at. */
export interface StreamMessage {
  readonly sequence: number;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

export interface RoomStreamOptions {
  readonly connection: NatsConnection;
  /** Who reads: the stream is made for it. */
  readonly service: string;
  /** Messages that are read back when there are so many, at the start. */
  readonly most: number;
  readonly log: Log;
  /** Told which stream it is, and after which number its messages come from now on. */
  readonly onBegin: (epoch: string, floor: number) => void;
  /** Given each message, in order. */
  readonly onMessage: (message: StreamMessage) => void;
  /** Told when all that the stream holds has been given. */
  readonly onRead: () => void;
}

/** A batch of what has been missed. */
const BATCH = 500;
/** What NATS has told nobody of is found by asking. */
const ASK_EVERY_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Reads the stream of what is told in rooms from its end back, and then each message as NATS puts it there. The messages are
 * numbered without gaps, so what has not come is noticed by the next one, by the answer of a question each five seconds, or
 * by a new connection, and fetched.
 */
export class RoomStream {
  readonly #options: RoomStreamOptions;
  readonly #wake = new Wake();
  #epoch = '';
  #head = 0;
  /** What has come while something is being fetched. */
  #early: StreamMessage[] | undefined;

  constructor(options: RoomStreamOptions) {
    this.#options = options;
  }

  /** Resolves when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { connection, service, log } = this.#options;
    const subscription = connection.subscribe(roomSubjects(service), {
      callback: (error, message) => (error ? this.#wake.call() : this.#hear(message)),
    });
    void this.#wakeOnReconnect();
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, isSpread: true });
    while (!signal.aborted) {
      const woken = this.#wake.next(ASK_EVERY_MS, signal);
      try {
        await this.#fetch(await manager(connection), signal);
        backoff.reset();
        await woken;
      } catch (error) {
        if (signal.aborted) break;
        const { retryMs, over } = backoff.pause(signal);
        log.warn({ reason: String(error), retryMs }, 'what is told in rooms cannot be read');
        await over;
      }
    }
    subscription.unsubscribe();
  }

  #hear({ headers, data }: Msg): void {
    const message = { sequence: Number(headers?.get('Nats-Sequence')), headers, data };
    if (this.#early) this.#early.push(message);
    else this.#takeNext(message);
  }

  #takeNext(message: StreamMessage): void {
    if (message.sequence === this.#head + 1 && this.#epoch !== '') this.#take(message);
    else if (!(message.sequence <= this.#head)) this.#wake.call();
  }

  #take(message: StreamMessage): void {
    this.#head = message.sequence;
    this.#options.onMessage(message);
  }

  async #fetch(jetstream: JetStreamManager, signal: AbortSignal): Promise<void> {
    const stream = roomStreamOf(this.#options.service);
    this.#early = [];
    try {
      const { created, state } = await jetstream.streams.info(stream);
      const isSame = created === this.#epoch && state.last_seq >= this.#head;
      if (!isSame || state.first_seq > this.#head + 1) {
        this.#begin(created, Math.max(state.first_seq - 1, state.last_seq - this.#options.most, 0));
      }
      while (this.#head < state.last_seq && !signal.aborted) {
        const before = this.#head;
        const batch = await jetstream.direct.getBatch(stream, { seq: before + 1, batch: BATCH });
        for await (const { seq, header, data } of batch) {
          if (seq > this.#head) this.#take({ sequence: seq, headers: header, data });
        }
        // What was there has gone meanwhile, by its age.
        if (this.#head === before) this.#begin(created, state.last_seq);
      }
      this.#options.onRead();
    } finally {
      const early = this.#early;
      this.#early = undefined;
      for (const message of early) this.#takeNext(message);
    }
  }

  #begin(epoch: string, floor: number): void {
    this.#epoch = epoch;
    this.#head = floor;
    this.#options.onBegin(epoch, floor);
  }

  async #wakeOnReconnect(): Promise<void> {
    for await (const { type } of this.#options.connection.status()) {
      if (type === 'reconnect') this.#wake.call();
    }
  }
}

function manager(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_TIMEOUT_MS });
}
