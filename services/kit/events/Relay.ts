import type { NatsConnection } from '@nats-io/transport-node';
import { Backoff } from '@weft/mesh/runtime';
import { type Kysely, sql } from 'kysely';
import type { Log } from '../Log.ts';
import type { LeaseTerm } from '../lease/Lease.ts';
import { Wake } from '../Wake.ts';
import { type PlacedEvent, StreamWriter } from './StreamWriter.ts';

export interface RelayOptions {
  readonly database: Kysely<unknown>;
  readonly connection: NatsConnection;
  /** Name in Consul of the service. */
  readonly service: string;
  readonly log: Log;
}

/** Events that are published before the first of them has been acknowledged. */
const MOST_AT_ONCE = 500;
/** What has been missed otherwise is found by looking. */
const POLL_MS = 2_000;
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
 * whatever fails: see StreamWriter. Where to go on is read from the stream itself, so that what NATS has lost is published
 * again.
 *
 * One at a time runs: see holdLease().
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #wake = new Wake();
  #isRunning = false;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** There is something to publish. @returns whether it is published by this one. */
  wake(): boolean {
    this.#wake.call();
    return this.#isRunning;
  }

  /** Publishes until the term is over. */
  async run(term: LeaseTerm): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#run(term);
    } finally {
      this.#isRunning = false;
    }
  }

  async #run({ epoch, signal }: LeaseTerm): Promise<void> {
    const { log, database } = this.#options;
    const { rows } = await sql<{ outbox: string }>`
      update weft.outbox_state set epoch = ${epoch} where epoch < ${epoch}
      returning outbox::text`.execute(database);
    const outbox = rows[0]?.outbox;
    if (outbox === undefined) return;
    const backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
    while (!signal.aborted) {
      try {
        const { connection, service } = this.#options;
        const writer = await StreamWriter.open({ connection, service, outbox });
        await this.#publishPlaced(writer);
        backoff.reset();
        await this.#publishNew(writer, epoch, signal);
      } catch (err) {
        if (signal.aborted) return;
        const { retryMs, over } = backoff.pause(signal);
        log.warn({ err, retryMs }, 'events could not be published');
        await over;
      }
    }
  }

  /**
   * Gives places to what is new, and publishes it; the next ones get their places while the stream takes these. Throws when
   * it has not.
   */
  async #publishNew(writer: StreamWriter, epoch: number, signal: AbortSignal) {
    let tidyAt = 0;
    let published: Promise<void> = Promise.resolve();
    while (!signal.aborted) {
      if (performance.now() > tidyAt) {
        await published;
        await this.#tidy(writer.position);
        tidyAt = performance.now() + TIDY_EVERY_MS;
      }
      const woken = this.#wake.next(POLL_MS, signal);
      const [placed, before] = await Promise.allSettled([this.#place(epoch), published]);
      if (placed.status === 'rejected') throw placed.reason;
      if (before.status === 'rejected') throw before.reason;
      const events = placed.value;
      const [first] = events;
      if (first && first.position !== writer.position + 1) {
        throw new Error('events got a place by a statement whose answer was lost');
      }
      published = writer.publish(events);
      if (events.length < MOST_AT_ONCE) await Promise.all([published, woken]);
      // It is awaited with the next places.
      else published.catch(() => {});
    }
    await published;
  }

  /** Publishes what has a place and is not in the stream: it was lost, or never got there. Then the writer is at the last place. */
  async #publishPlaced(writer: StreamWriter): Promise<void> {
    const { rows: given } = await sql<{ position: number }>`
      select position from weft.outbox_state`.execute(this.#options.database);
    for (;;) {
      const { rows } = await sql<PlacedEvent>`
        select position, type, subject, key, payload, trace, actor, written_at from weft.outbox
        where position > ${writer.position} order by position
        limit ${MOST_AT_ONCE}`.execute(this.#options.database);
      const [first] = rows;
      if (!first) {
        // The stream may have none of the latest any more: they are too old.
        writer.position = Math.max(writer.position, given[0]?.position ?? 0);
        return;
      }
      if (first.position > writer.position + 1) {
        this.#options.log.error(
          { from: writer.position + 1, to: first.position - 1 },
          'events that the stream has lost are no longer in the outbox',
        );
      }
      await writer.publish(rows);
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

  async #tidy(published: number): Promise<void> {
    await sql`
      delete from weft.outbox
      where position <= ${published}
        and placed_at < clock_timestamp() - ${KEPT_MINUTES} * interval '1 minute'`.execute(
      this.#options.database,
    );
  }
}
