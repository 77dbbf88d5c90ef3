import { type Kysely, sql } from 'kysely';

/** An event that has been put aside, as an operator sees it. */
export interface DeadLetterRow {
  readonly id: number;
  readonly publisher: string;
  readonly type: string;
  readonly key: string;
  readonly actor: string | null;
  /** Whether it is given up, is tried again by itself, or comes after others of its key. */
  readonly state: 'dead' | 'retrying' | 'waiting';
  readonly attempts: number;
  readonly cause: string;
  /** Events of its key that wait for it. */
  readonly waiting: number;
  readonly written_at: Date;
  readonly parked_at: Date;
  readonly try_at: Date;
}

/** Which events are meant; empty: whatever it is. */
export interface DeadLetterFilter {
  /** Full name of a message. */
  readonly type: string;
  readonly key: string;
}

const COLUMNS = sql`
  id, publisher, type, key, actor, attempts, cause, written_at, parked_at, try_at,
  case
    when state = 'dead' then 'dead'
    when exists (
      select from weft.parked_event as earlier
      where earlier.publisher = event.publisher and earlier.partition = event.partition
        and earlier.key = event.key and earlier.id < event.id and earlier.blocks
    ) then 'waiting'
    else 'retrying'
  end as state,
  case when blocks then (
    select count(*) from weft.parked_event as later
    where later.publisher = event.publisher and later.partition = event.partition
      and later.key = event.key and later.id > event.id
  ) else 0 end as waiting`;

/** What an operator sees of `weft.parked_event`, and does about it. */
export class DeadLetters {
  readonly #database: Kysely<unknown>;

  constructor(database: Kysely<unknown>) {
    this.#database = database;
  }

  /**
   * The earliest first.
   *
   * @param isParked Whether those that are not dead are wanted, too.
   * @param after Id of the last of the page before.
   */
  async list(
    { type, key }: DeadLetterFilter,
    isParked: boolean,
    after: number | undefined,
    limit: number,
  ): Promise<DeadLetterRow[]> {
    const { rows } = await sql<DeadLetterRow>`
      select ${COLUMNS} from weft.parked_event as event
      where (${isParked} or state = 'dead') and id > ${after ?? 0}
        and (${type} = '' or type = ${type}) and (${key} = '' or key = ${key})
      order by id limit ${limit}`.execute(this.#database);
    return rows;
  }

  async read(id: number): Promise<(DeadLetterRow & { readonly payload: Buffer }) | undefined> {
    const { rows } = await sql<DeadLetterRow & { readonly payload: Buffer }>`
      select ${COLUMNS}, payload from weft.parked_event as event
      where id = ${id}`.execute(this.#database);
    return rows[0];
  }

  /** Has one tried again, as often as a new one. @returns whether there is such a one. */
  async replay(id: number): Promise<boolean> {
    const { rows } = await sql`
      update weft.parked_event set state = 'waiting', attempts = 0, try_at = clock_timestamp()
      where id = ${id} returning 1`.execute(this.#database);
    return rows.length > 0;
  }

  /** Has those that are dead tried again. @returns how many. */
  async replayAll({ type, key }: DeadLetterFilter): Promise<number> {
    const { numAffectedRows } = await sql`
      update weft.parked_event set state = 'waiting', attempts = 0, try_at = clock_timestamp()
      where state = 'dead'
        and (${type} = '' or type = ${type}) and (${key} = '' or key = ${key})`.execute(
      this.#database,
    );
    return Number(numAffectedRows ?? 0);
  }
}
