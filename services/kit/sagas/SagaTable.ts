import { type Kysely, sql, type Transaction } from 'kysely';
import { notify } from '../database/notify.ts';

/** Where a saga is. */
export type SagaState = 'scheduled' | 'running' | 'compensating' | 'succeeded' | 'compensated';

/** A saga as the service's database has it. */
export interface SagaRow {
  readonly id: string;
  readonly name: string;
  readonly key: string | null;
  readonly actor: string | null;
  readonly state: SagaState;
  readonly start_at: Date;
  /** The step that cannot be undone and has begun. */
  readonly irreversible: string | null;
  /** The step that does not succeed; empty: all goes well. */
  readonly step: string;
  readonly attempts: number;
  readonly cause: string;
  readonly cancelled_at: Date | null;
  readonly given_up_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
}

/** What a run of a saga needs to know. */
export interface SagaToRun extends Pick<SagaRow, 'id' | 'name' | 'actor' | 'ended_at'> {
  readonly input: string;
  readonly trace: string | null;
}

/** What somebody wants of a saga that is under way. */
export interface SagaWish {
  readonly id: string;
  readonly isCancelled: boolean;
  readonly retriedAt: number;
}

export interface EndedSaga extends Pick<SagaRow, 'id' | 'state' | 'cause'> {
  readonly output: string | null;
}

export interface NewSaga {
  readonly name: string;
  readonly key: string | undefined;
  readonly input: string;
  readonly actor: string | undefined;
  readonly trace: string | undefined;
  /** Undefined: now. */
  readonly startAt: Date | undefined;
}

/** Of a cause that is kept, in characters. */
const MOST_CAUSE = 2_000;

const COLUMNS = sql`
  id::text, name, key, actor, state, start_at, irreversible, step, attempts, cause, cancelled_at,
  given_up_at, created_at, updated_at, ended_at`;

/** The sagas of a service, `weft.saga`. */
export class SagaTable {
  readonly #database: Kysely<unknown>;

  constructor(database: Kysely<unknown>) {
    this.#database = database;
  }

  /** @returns its id, or that of the saga that there is for this name and key. */
  async insert<DB>(
    transaction: Transaction<DB>,
    { name, key, input, actor, trace, startAt }: NewSaga,
  ): Promise<{ readonly id: string; readonly isNew: boolean }> {
    const { rows } = await sql<{ id: string }>`
      insert into weft.saga (id, name, key, input, actor, trace, state, start_at)
      values (
        uuidv7(), ${name}, ${key ?? null}, ${input}, ${actor ?? null}, ${trace ?? null},
        ${startAt ? 'scheduled' : 'running'}, coalesce(${startAt ?? null}, clock_timestamp())
      ) on conflict (name, key) do nothing returning id::text`.execute(transaction);
    if (rows[0]) return { id: rows[0].id, isNew: true };
    const known = await sql<{ id: string }>`
      select id::text from weft.saga where name = ${name} and key = ${key}`.execute(transaction);
    return { id: known.rows[0]?.id ?? '', isNew: false };
  }

  /** Takes sagas whose time has come: they are running when the transaction is committed. */
  async takeDue<DB>(transaction: Transaction<DB>, now: Date, limit: number) {
    const { rows } = await sql<{ id: string }>`
      update weft.saga set state = 'running', updated_at = clock_timestamp()
      where id in (
        select id from weft.saga where state = 'scheduled' and start_at <= ${now}
        order by start_at limit ${limit} for update skip locked
      ) returning id::text`.execute(transaction);
    return rows.map(({ id }) => id);
  }

  async readToRun(id: string): Promise<SagaToRun | undefined> {
    const { rows } = await sql<SagaToRun>`
      select id::text, name, actor, ended_at, input, trace from weft.saga
      where id = ${id}`.execute(this.#database);
    return rows[0];
  }

  async read(id: string): Promise<SagaRow | undefined> {
    const { rows } = await sql<SagaRow>`
      select ${COLUMNS} from weft.saga where id = ${id}`.execute(this.#database);
    return rows[0];
  }

  /** The latest first. */
  async list({
    name,
    states,
    failing,
    before,
    limit,
  }: {
    /** Empty: all. */
    readonly name: string;
    /** Empty: all. */
    readonly states: readonly string[];
    /** Only those with a step that does not succeed, or that have been given up. */
    readonly failing: boolean;
    /** Id of the last of the page before. */
    readonly before: string | undefined;
    readonly limit: number;
  }): Promise<SagaRow[]> {
    const { rows } = await sql<SagaRow>`
      select ${COLUMNS} from weft.saga
      where (${name} = '' or name = ${name})
        and (cardinality(${states}::text[]) = 0 or state = any(${states}::text[]))
        and (not ${failing} or ended_at is null and (step <> '' or given_up_at is not null))
        and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
      order by id desc limit ${limit}`.execute(this.#database);
    return rows;
  }

  async readWishes(ids: readonly string[]): Promise<SagaWish[]> {
    const { rows } = await sql<{ id: string; is_cancelled: boolean; retried_at: Date | null }>`
      select id::text, cancelled_at is not null as is_cancelled, retried_at from weft.saga
      where id = any(${ids}::uuid[])`.execute(this.#database);
    return rows.map(({ id, is_cancelled, retried_at }) => ({
      id,
      isCancelled: is_cancelled,
      retriedAt: retried_at?.getTime() ?? 0,
    }));
  }

  /**
   * Notes that a step which cannot be undone begins: from now on the saga cannot be cancelled.
   *
   * @returns false when it has been, and the step must not begin.
   */
  async beginIrreversible(id: string, step: string): Promise<boolean> {
    const { rows } = await sql`
      update weft.saga set irreversible = ${step}
      where id = ${id} and (cancelled_at is null or irreversible is not null)
      returning 1`.execute(this.#database);
    return rows.length > 0;
  }

  /** It has been refused, and has not acted. */
  async forgetIrreversible(id: string): Promise<void> {
    await sql`update weft.saga set irreversible = null where id = ${id}`.execute(this.#database);
  }

  async noteFailure(id: string, step: string, attempts: number, cause: string): Promise<void> {
    await sql`
      update weft.saga
      set step = ${step}, attempts = ${attempts}, cause = ${cause.slice(0, MOST_CAUSE)},
        updated_at = clock_timestamp()
      where id = ${id}`.execute(this.#database);
  }

  async noteSuccess(id: string): Promise<void> {
    await sql`
      update weft.saga set step = '', attempts = 0, cause = '', updated_at = clock_timestamp()
      where id = ${id} and state = 'running'`.execute(this.#database);
  }

  async beginCompensation(id: string, cause: string): Promise<void> {
    await sql`
      update weft.saga
      set state = 'compensating', step = '', attempts = 0, cause = ${cause.slice(0, MOST_CAUSE)},
        updated_at = clock_timestamp()
      where id = ${id}`.execute(this.#database);
  }

  async end(
    id: string,
    state: 'succeeded' | 'compensated',
    { cause, output }: { readonly cause: string; readonly output: string | undefined },
  ): Promise<void> {
    await sql`
      update weft.saga
      set state = ${state}, step = '', attempts = 0, cause = ${cause.slice(0, MOST_CAUSE)},
        output = ${output ?? null}, updated_at = clock_timestamp(), ended_at = clock_timestamp()
      where id = ${id}`.execute(this.#database);
  }

  /** Those that have ended. */
  async readEnds(ids: readonly string[]): Promise<EndedSaga[]> {
    const { rows } = await sql<EndedSaga>`
      select id::text, state, cause, output from weft.saga
      where id = any(${ids}::uuid[]) and ended_at is not null`.execute(this.#database);
    return rows;
  }

  /**
   * Notes that somebody wants it undone. One that has not begun ends at once.
   *
   * @returns whether that is possible, or was wanted before.
   */
  async cancel(id: string): Promise<boolean> {
    const { rows } = await sql`
      update weft.saga
      set cancelled_at = coalesce(cancelled_at, clock_timestamp()), updated_at = clock_timestamp(),
        cause = case when state = 'scheduled' then 'the saga was cancelled' else cause end,
        ended_at = case when state = 'scheduled' then clock_timestamp() end,
        state = case when state = 'scheduled' then 'compensated' else state end
      where id = ${id} and ended_at is null and (irreversible is null or cancelled_at is not null)
      returning 1`.execute(this.#database);
    return rows.length > 0;
  }

  async retry(id: string): Promise<void> {
    await sql`
      update weft.saga
      set retried_at = clock_timestamp(), given_up_at = null, updated_at = clock_timestamp()
      where id = ${id} and ended_at is null`.execute(this.#database);
  }

  /** Notes which sagas are not tried again by themselves. @returns their ids. */
  async giveUp(ids: readonly string[], cause: string): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      update weft.saga
      set given_up_at = clock_timestamp(), updated_at = clock_timestamp(), cause = ${cause}
      where id = any(${ids}::uuid[]) and ended_at is null and given_up_at is null
      returning id::text`.execute(this.#database);
    return rows.map(({ id }) => id);
  }

  /** Ids of sagas that have ended long ago. */
  async readOld(days: number, limit: number): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select id::text from weft.saga
      where ended_at < clock_timestamp() - ${days} * interval '1 day'
      limit ${limit}`.execute(this.#database);
    return rows.map(({ id }) => id);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await sql`delete from weft.saga where id = any(${ids}::uuid[])`.execute(this.#database);
  }

  /** Tells the instances of the service that there are wishes. */
  notify(channel: string): Promise<void> {
    return notify(this.#database, channel);
  }
}
