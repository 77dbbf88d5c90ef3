import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { EventHeader, publishedSubject, streamOf } from '@weft/mesh/events';
import { Backoff } from '@weft/mesh/runtime';
import { type Kysely, sql } from 'kysely';
import type { Log } from '../Log.ts';
import type { LeaseTerm } from '../lease/Lease.ts';
import { Wake } from '../Wake.ts';

export interface RelayOptions {
  readonly database: Kysely<unknown>;
  readonly connection: NatsConnection;
  /** Name in Consul of the service. */
  readonly service: string;
  readonly log: Log;
}

/** One row of the outbox that has a place. */
interface PlacedEvent {
  readonly position: number;
  readonly type: string;
  readonly subject: string;
  readonly key: string;
  readonly payload: Buffer;
  readonly trace: string | null;
  readonly actor: string | null;
  readonly written_at: Date;
}

/** Where the stream ends. */
interface StreamEnd {
  /** Of the last event of this outbox; 0: it holds none. */
  position: number;
  /** Of the last message. */
  sequence: number;
}

/** Events that are published before the first of them has been acknowledged. */
const MOST_AT_ONCE = 500;
/** What has been missed otherwise is found by looking. */
const POLL_MS = 2_000;
const PUBLISH_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/**
 * How long rows outlive their acknowledgement: by several times the two minutes after which NATS has what it acknowledges
 * on the disk (`sync_interval`). A power loss may take that from it; then it is published again.
 */
const KEPT_MINUTES = 10;
const TIDY_EVERY_MS = 60_000;

/**
 * Publishes the outbox of a service into its stream: each event once and in the order of the places that it gives them,
 * whatever fails. Each is published under the condition that the stream ends with the one before it, so that neither
 * another relay, nor one that has been stopped for a while, nor a message that has been lost on the way can change
 * the order; and where to go on is read from the stream itself, so that what NATS has lost is published again.
 *
 * One at a time runs: see holdLease().
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #wake = new Wake();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** There is something to publish. */
  wake(): void {
    this.#wake.call();
  }

  /** Publishes until the term is over. */
  async run({ epoch, signal }: LeaseTerm): Promise<void> {
    const { log, database } = this.#options;
    const { rows } = await sql<{ outbox: string }>`
      update weft.outbox_state set epoch = ${epoch} where epoch < ${epoch}
      returning outbox::text`.execute(database);
    const outbox = rows[0]?.outbox;
    if (outbox === undefined) return;
    const backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
    while (!signal.aborted) {
      try {
        const end = await this.#findEnd(outbox);
        await this.#publishPlaced(outbox, end);
        backoff.reset();
        await this.#publishNew(outbox, epoch, end, signal);
      } catch (err) {
        if (signal.aborted) return;
        const { retryMs, over } = backoff.pause(signal);
        log.warn({ err, retryMs }, 'events could not be published');
        await over;
      }
    }
  }

  /** Gives places to what is new, and publishes it. Throws when the stream has not taken it. */
  async #publishNew(outbox: string, epoch: number, end: StreamEnd, signal: AbortSignal) {
    let tidyAt = 0;
    while (!signal.aborted) {
      if (performance.now() > tidyAt) {
        await this.#tidy(end.position);
        tidyAt = performance.now() + TIDY_EVERY_MS;
      }
      const woken = this.#wake.next(POLL_MS, signal);
      const events = await this.#place(epoch);
      await this.#publish(outbox, events, end);
      if (events.length < MOST_AT_ONCE) await woken;
    }
  }

  /** Publishes what has a place and is not in the stream: it was lost, or never got there. */
  async #publishPlaced(outbox: string, end: StreamEnd): Promise<void> {
    for (;;) {
      const { rows } = await sql<PlacedEvent>`
        select position, type, subject, key, payload, trace, actor, written_at from weft.outbox
        where position > ${end.position} order by position
        limit ${MOST_AT_ONCE}`.execute(this.#options.database);
      const [first] = rows;
      if (!first) return;
      if (first.position > end.position + 1) {
        this.#options.log.error(
          { from: end.position + 1, to: first.position - 1 },
          'events that the stream has lost are no longer in the outbox',
        );
      }
      await this.#publish(outbox, rows, end);
    }
  }

  async #place(epoch: number): Promise<PlacedEvent[]> {
    const { rows } = await sql<PlacedEvent>`
      with chosen as materialized (
        select id, row_number() over (order by id) as number
        from (
          select id from weft.outbox where position is null order by id limit ${MOST_AT_ONCE}
        ) as first
      ), state as (
        update weft.outbox_state set position = position + (select count(*) from chosen)
        where epoch = ${epoch} and exists (select from chosen)
        returning position - (select count(*) from chosen) as before
      ), placed as (
        update weft.outbox
        set position = state.before + chosen.number, placed_at = clock_timestamp()
        from chosen, state where outbox.id = chosen.id
        returning outbox.*
      )
      select position, type, subject, key, payload, trace, actor, written_at
      from placed order by position`.execute(this.#options.database);
    return rows;
  }

  /** @throws when one has not been taken: then none after it has. */
  async #publish(outbox: string, events: readonly PlacedEvent[], end: StreamEnd): Promise<void> {
    if (events.length === 0) return;
    const { connection } = this.#options;
    const js = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS });
    const first = end.sequence;
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
      end.sequence = outcome.value.seq;
      end.position = events[index]?.position ?? end.position;
    }
  }

  async #findEnd(outbox: string): Promise<StreamEnd> {
    const { connection, service } = this.#options;
    const manager = await jetstreamManager(connection, {
      checkAPI: false,
      timeout: PUBLISH_TIMEOUT_MS,
    });
    const stream = streamOf(service);
    const { state } = await manager.streams.info(stream);
    if (state.messages === 0) return { position: 0, sequence: state.last_seq };
    const last = await manager.streams.getMessage(stream, { seq: state.last_seq });
    const isOurs = last?.header.get(EventHeader.outbox) === outbox;
    const position = isOurs ? Number(last.header.get(EventHeader.position)) : 0;
    return { position, sequence: state.last_seq };
  }

  async #tidy(published: number): Promise<void> {
    await sql`
      delete from weft.outbox
      where position <= ${published}
        and placed_at < clock_timestamp() - ${KEPT_MINUTES} * interval '1 minute'`.execute(
      this.#options.database,
    );
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
