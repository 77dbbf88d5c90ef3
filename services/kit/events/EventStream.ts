import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import type { Contracts } from '@weft/mesh/contracts';
import { EventHeader, storedSubjects, streamOf, toldSubjects } from '@weft/mesh/events';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { LeaseTerm } from '../lease/Lease.ts';
import type { EventType } from './EventType.ts';
import { ownContract } from './ownContract.ts';
import { readBehind } from './readBehind.ts';
import { StreamWriter } from './StreamWriter.ts';

export interface EventStreamOptions {
  readonly contracts: Contracts;
  /** Name in Consul of the service. */
  readonly service: string;
  readonly database: Kysely<unknown>;
  /** To NATS, which need not be there yet. */
  readonly connected: Promise<NatsConnection>;
  /** Runs work on one instance at a time. */
  readonly hold: (name: string, work: (term: LeaseTerm) => Promise<void>) => void;
}

/** What the one instance that writes is given. */
export interface WritingTerm extends LeaseTerm {
  /**
   * Publishes events in order; all of them at once, so that they cost one way to NATS and back.
   *
   * @throws when not all have been taken, or another instance may be writing: then the term has to end.
   */
  publish<T>(type: EventType<T>, events: readonly T[]): Promise<void>;
  /**
   * Notes with a transaction how far the stream has come, so that places go on from there when the stream has none left.
   *
   * @throws when another instance writes.
   */
  note<DB>(transaction: Transaction<DB>): Promise<void>;
}

/** An event as it lies in the stream. */
export interface StoredEvent<T> {
  readonly event: T;
  /** When it was written. */
  readonly time: Date;
}

/** Told of what comes into the stream. */
export interface StreamListener {
  /** @param decode Makes the message of its bytes, where it is wanted. */
  onEvent(key: string, decode: <T>(type: EventType<T>) => T): void;
  /** Something may have been missed: what is told from now on is again complete. */
  onGap(): void;
}

const TIMEOUT_MS = 5_000;

/**
 * The stream of a publisher that writes it itself (weft.events.v1.event.stream), without an outbox: for more events than a
 * database should hold a row of, by who can make again what is not in the stream. What goes on from is the last event of each
 * key there.
 */
export class EventStream {
  readonly #options: EventStreamOptions;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /**
   * Lets one instance at a time write: when it dies, another one goes on some seconds later.
   *
   * @param work Writes until its term ends. When it throws it is begun again, here or elsewhere.
   */
  write(work: (term: WritingTerm) => Promise<void>): void {
    this.#options.hold('stream', (term) => this.#write(term, work));
  }

  /** The last event of a key; undefined when the stream has none (any more). */
  async last<T>(type: EventType<T>, key: string): Promise<StoredEvent<T> | undefined> {
    const { subject } = ownContract(this.#options, type);
    const manager = await this.#manager();
    const message = await manager.streams.getMessage(streamOf(this.#options.service), {
      last_by_subj: storedSubjects(subject, '*', key),
    });
    if (!message) return undefined;
    return { event: type.decode(message.data), time: new Date(message.timestamp) };
  }

  /**
   * The events of a key behind those that are known, in order, each read when it is wanted. Ends with the newest one.
   *
   * @param isKnown Holds for the events up to one of them, and for none behind it.
   */
  async *behind<T>(
    type: EventType<T>,
    key: string,
    isKnown: (event: T) => boolean,
  ): AsyncGenerator<T, void> {
    const { subject } = ownContract(this.#options, type);
    const messages = readBehind(await this.#manager(), {
      stream: streamOf(this.#options.service),
      subject: storedSubjects(subject, '*', key),
      isKnown: ({ data }) => isKnown(type.decode(data)),
    });
    for await (const { data } of messages) yield type.decode(data);
  }

  /** Hears of each event once it is in the stream, whoever has written it. @returns when that has begun: how to end it. */
  async follow(listener: StreamListener): Promise<() => void> {
    const connection = await this.#options.connected;
    const subscription = connection.subscribe(toldSubjects(this.#options.service), {
      callback: (error, { headers, data }) => {
        if (error) listener.onGap();
        else listener.onEvent(keyOf(headers), (type) => type.decode(data));
      },
    });
    const status = connection.status();
    void (async () => {
      for await (const { type } of status) {
        if (type === 'reconnect' && !subscription.isClosed()) listener.onGap();
      }
    })();
    return () => subscription.unsubscribe();
  }

  async #manager(): Promise<JetStreamManager> {
    return jetstreamManager(await this.#options.connected, {
      checkAPI: false,
      timeout: TIMEOUT_MS,
    });
  }

  async #write(term: LeaseTerm, work: (term: WritingTerm) => Promise<void>): Promise<void> {
    const { database, service, connected } = this.#options;
    const { epoch } = term;
    const { rows } = await sql<{ outbox: string; position: number }>`
      update weft.outbox_state set epoch = ${epoch} where epoch < ${epoch}
      returning outbox::text, position`.execute(database);
    const [state] = rows;
    if (!state) return;
    const { outbox } = state;
    const writer = await StreamWriter.open({ connection: await connected, service, outbox });
    // A stream without any has lost them by their age.
    if (writer.position === 0) writer.position = state.position;
    await work({
      epoch,
      signal: term.signal,
      isHeld: () => term.isHeld(),
      publish: async (type, events) => {
        if (!term.isHeld()) throw new Error('another instance may be writing');
        await writer.publish(this.#place(type, events, writer.position));
      },
      note: async (transaction) => {
        const { rows: noted } = await sql`
          update weft.outbox_state set position = ${writer.position} where epoch = ${epoch}
          returning 1`.execute(transaction);
        if (noted.length === 0) throw new Error('another instance writes');
      },
    });
  }

  #place<T>(type: EventType<T>, events: readonly T[], after: number) {
    const { subject, key } = ownContract(this.#options, type);
    const written_at = new Date();
    return events.map((event, index) => ({
      position: after + 1 + index,
      type: type.$type,
      subject,
      key: String((event as Record<string, unknown>)[key.localName]),
      payload: type.encode(event).finish(),
      trace: null,
      actor: null,
      written_at,
    }));
  }
}

function keyOf(headers: MsgHdrs | undefined): string {
  return decodeURIComponent(headers?.get(EventHeader.key) ?? '');
}
