import { type Kysely, sql, type Transaction } from 'kysely';
import type { PartitionName } from './ParkedEvents.ts';

/** How far the events of a partition have been handled. */
export interface Position {
  readonly outbox: string | null;
  readonly position: number;
  readonly stream: string | null;
  readonly sequence: number;
}

/** Processes that may die at one event before it is given up. */
export const MOST_DEATHS = 3;

/** Another instance goes on: what this one has done since does not count. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

/** The row that says how far a partition has come and by whom, `weft.event_cursor`. Whoever has the latest epoch writes it. */
export class PartitionCursor {
  readonly #tables: Kysely<unknown>;
  readonly #name: PartitionName;

  constructor(tables: Kysely<unknown>, name: PartitionName) {
    this.#tables = tables;
    this.#name = name;
  }

  /**
   * Makes it this epoch's.
   *
   * @returns how far it has come, and whether who came before has stopped in order; undefined: somebody has a later epoch.
   */
  async takeOver(epoch: number): Promise<(Position & { readonly stopped: boolean }) | undefined> {
    const { publisher, partition } = this.#name;
    await sql`
      insert into weft.event_cursor (publisher, partition) values (${publisher}, ${partition})
      on conflict do nothing`.execute(this.#tables);
    const { rows } = await sql<Position & { readonly stopped: boolean }>`
      with before as (
        select stopped from weft.event_cursor
        where publisher = ${publisher} and partition = ${partition}
      )
      update weft.event_cursor as own set epoch = ${epoch}, stopped = false
      from before
      where publisher = ${publisher} and partition = ${partition} and epoch < ${epoch}
      returning own.outbox::text, own.position, own.stream, own.sequence,
        before.stopped`.execute(this.#tables);
    return rows[0];
  }

  /** Undefined when it cannot be read: it is looked at after a failure, which may well be the database's. */
  async read(): Promise<Position | undefined> {
    const { publisher, partition } = this.#name;
    const { rows } = await sql<Position>`
      select outbox::text, position, stream, sequence from weft.event_cursor
      where publisher = ${publisher} and partition = ${partition}`
      .execute(this.#tables)
      .catch(() => ({ rows: [] }));
    return rows[0];
  }

  /** @throws TakenOver when somebody else has gone on since. */
  async advance<DB>(
    transaction: Transaction<DB>,
    from: Position,
    to: Position,
    epoch: number,
  ): Promise<void> {
    const { publisher, partition } = this.#name;
    const { rows } = await sql`
      update weft.event_cursor
      set outbox = ${to.outbox}, position = ${to.position},
        stream = ${to.stream}, sequence = ${to.sequence}, suspect = null, deaths = 0
      where publisher = ${publisher} and partition = ${partition} and epoch = ${epoch}
        and position = ${from.position} and outbox is not distinct from ${from.outbox}
      returning 1`.execute(transaction);
    if (rows.length === 0) throw new TakenOver();
  }

  /** Keeps others from going on until the transaction ends. @throws TakenOver when somebody has. */
  async assertOwn<DB>(transaction: Transaction<DB>, epoch: number): Promise<void> {
    const { publisher, partition } = this.#name;
    const { rows } = await sql`
      select 1 from weft.event_cursor
      where publisher = ${publisher} and partition = ${partition} and epoch = ${epoch}
      for share`.execute(transaction);
    if (rows.length === 0) throw new TakenOver();
  }

  /**
   * Whether enough processes have died at the event of a position. If not, notes that one more may.
   *
   * @throws TakenOver.
   */
  async isDeadly(position: number, epoch: number): Promise<boolean> {
    const { publisher, partition } = this.#name;
    const { rows } = await sql<{ deaths: number }>`
      update weft.event_cursor
      set suspect = ${position},
        deaths = case when suspect = ${position} then deaths + 1 else 0 end
      where publisher = ${publisher} and partition = ${partition} and epoch = ${epoch}
      returning deaths`.execute(this.#tables);
    if (!rows[0]) throw new TakenOver();
    return rows[0].deaths >= MOST_DEATHS;
  }

  /** Notes an end in order. Without it the next one only begins event by event. */
  async noteStop(epoch: number): Promise<void> {
    const { publisher, partition } = this.#name;
    await sql`
      update weft.event_cursor set stopped = true
      where publisher = ${publisher} and partition = ${partition} and epoch = ${epoch}`
      .execute(this.#tables)
      .catch(() => {});
  }
}
