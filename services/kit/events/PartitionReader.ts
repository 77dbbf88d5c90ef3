import { type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { durableOf, type ReceivedEvent, receivedEvent, streamOf } from '@weft/mesh/events';
import { Wake } from '../Wake.ts';

export interface PartitionReaderOptions {
  readonly connection: NatsConnection;
  /** Who reads. */
  readonly service: string;
  /** Whose events. */
  readonly publisher: string;
  readonly partition: number;
  /** Messages that NATS sends ahead at most. Default 500. */
  readonly ahead?: number;
}

/** Where reading goes on. */
export interface ReadPosition {
  /** Which stream `sequence` is of: one that has been made anew counts from 1 again. Undefined: none has been read. */
  readonly stream: string | undefined;
  /** Of the last message that has been dealt with. */
  readonly sequence: number;
}

/** A request of a reader that has been stopped takes messages from the next one for no longer. */
const REQUEST_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** The reader has to begin anew: something has not reached it. */
export class ReadGap extends Error {
  override readonly name = 'ReadGap';
}

/**
 * Reads a partition of a stream in order and without gaps, by the durable consumer that is made for the service. NATS is
 * told where to begin (its consumer reset), and counts what it delivers from there: whatever is lost on the way, or goes to
 * another reader of the same consumer, is missed by the next message at the latest.
 *
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-60.md
 */
export class PartitionReader {
  /** Which stream it reads. */
  readonly stream: string;
  readonly #messages: ConsumerMessages;
  readonly #events: ReceivedEvent[] = [];
  readonly #wake = new Wake();
  #delivered = 0;
  #failure: Error | undefined;

  private constructor(stream: string, messages: ConsumerMessages) {
    this.stream = stream;
    this.#messages = messages;
    messages.closed().then((error) => this.#fail(error ?? new ReadGap('closed')));
  }

  /** @throws when NATS does not answer, or has no such consumer. */
  static async open(
    { connection, service, publisher, partition, ahead = 500 }: PartitionReaderOptions,
    position: ReadPosition,
  ): Promise<PartitionReader> {
    const names = [streamOf(publisher), durableOf(service, partition)] as const;
    const consumer = await jetstream(connection, { timeout: REQUEST_TIMEOUT_MS }).consumers.get(
      ...names,
    );
    const stream = (await consumer.info(true)).created;
    const first = stream === position.stream ? position.sequence + 1 : 1;
    const answer = await connection.request(
      `$JS.API.CONSUMER.RESET.${names.join('.')}`,
      JSON.stringify({ seq: first }),
      { timeout: REQUEST_TIMEOUT_MS },
    );
    const { error } = answer.json<{ error?: { description: string } }>();
    if (error) throw new Error(`${names.join('.')} cannot be set back: ${error.description}`);
    const early: JsMsg[] = [];
    let take = (message: JsMsg): void => void early.push(message);
    const messages = await consumer.consume({
      max_messages: ahead,
      expires: REQUEST_MS,
      callback: (message) => take(message),
    });
    const reader = new PartitionReader(stream, messages);
    take = (message) => reader.#take(message);
    early.forEach(take);
    return reader;
  }

  /**
   * The next events, at most so many; none when there are none for a while.
   *
   * @throws ReadGap when it has to begin anew.
   */
  async next(most: number, waitMs: number, signal: AbortSignal): Promise<ReceivedEvent[]> {
    const woken = this.#wake.next(waitMs, signal);
    if (this.#events.length === 0 && !this.#failure) await woken;
    if (this.#events.length === 0 && this.#failure) throw this.#failure;
    return this.#events.splice(0, most);
  }

  async close(): Promise<void> {
    await this.#messages.close();
  }

  #take(message: JsMsg): void {
    if (this.#failure) return;
    if (message.info.deliverySequence !== this.#delivered + 1) {
      this.#fail(
        new ReadGap(`message ${message.info.deliverySequence} came after ${this.#delivered}`),
      );
      return;
    }
    this.#delivered += 1;
    try {
      this.#events.push(receivedEvent(message));
      this.#wake.call();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake.call();
  }
}
