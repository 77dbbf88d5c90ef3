import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { EventHeader, publishedSubject, streamOf } from '@weft/mesh/events';

/** An event that has a place. */
export interface PlacedEvent {
  readonly position: number;
  readonly type: string;
  readonly subject: string;
  readonly key: string;
  readonly payload: Uint8Array;
  readonly trace: string | null;
  readonly actor: string | null;
  readonly written_at: Date;
}

export interface StreamWriterOptions {
  readonly connection: NatsConnection;
  /** Name in Consul of the service whose stream it is. */
  readonly service: string;
  /** Tells these places from those that another database gave under the service's name. */
  readonly outbox: string;
}

const TIMEOUT_MS = 5_000;

/**
 * Writes the stream of a service, each event under the condition that the stream ends with the one before it. So neither
 * another writer, nor one that has been stopped for a while, nor a message that has been lost on the way can change the order.
 */
export class StreamWriter {
  /** Of the last event that the stream has of this outbox; 0: it has none. */
  position: number;
  readonly #options: StreamWriterOptions;
  /** Of the stream's last message. */
  #sequence: number;

  private constructor(options: StreamWriterOptions, position: number, sequence: number) {
    this.#options = options;
    this.position = position;
    this.#sequence = sequence;
  }

  /** Goes on where the stream ends. */
  static async open(options: StreamWriterOptions): Promise<StreamWriter> {
    const { connection, service, outbox } = options;
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: TIMEOUT_MS });
    const stream = streamOf(service);
    const { state } = await manager.streams.info(stream);
    if (state.messages === 0) return new StreamWriter(options, 0, state.last_seq);
    const last = await manager.streams.getMessage(stream, { seq: state.last_seq });
    const isOurs = last?.header.get(EventHeader.outbox) === outbox;
    const position = isOurs ? Number(last.header.get(EventHeader.position)) : 0;
    return new StreamWriter(options, position, state.last_seq);
  }

  /**
   * Publishes events whose places follow on each other, all at once.
   *
   * @throws when one has not been taken: then none after it has, and another writer has to be opened.
   */
  async publish(events: readonly PlacedEvent[]): Promise<void> {
    const { connection, outbox } = this.#options;
    const js = jetstream(connection, { timeout: TIMEOUT_MS });
    const first = this.#sequence;
    const acknowledged = await Promise.allSettled(
      events.map((event, index) =>
        js.publish(publishedSubject(event.subject, event.key), event.payload, {
          headers: headersOf(event, outbox),
          msgID: `${outbox}:${event.position}`,
          expect: { lastSequence: first + index },
        }),
      ),
    );
    for (const [index, outcome] of acknowledged.entries()) {
      if (outcome.status === 'rejected') throw outcome.reason;
      if (outcome.value.duplicate) throw new Error('the stream had it already');
      this.#sequence = outcome.value.seq;
      this.position = events[index]?.position ?? this.position;
    }
  }
}

function headersOf(event: PlacedEvent, outbox: string): MsgHdrs {
  const made = headers();
  made.set(EventHeader.type, event.type);
  // Headers are ASCII, and a key is any text.
  made.set(EventHeader.key, encodeURIComponent(event.key));
  made.set(EventHeader.outbox, outbox);
  made.set(EventHeader.position, String(event.position));
  made.set(EventHeader.time, event.written_at.toISOString());
  if (event.trace !== null) made.set('traceparent', event.trace);
  if (event.actor !== null) made.set(EventHeader.actor, encodeURIComponent(event.actor));
  return made;
}
