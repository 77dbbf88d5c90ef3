import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Clock } from '../Clock.ts';
import { transact } from '../database/transact.ts';
import type { Log } from '../Log.ts';
import type { LeaseTerm } from '../lease/Lease.ts';
import type { SagaTable } from './SagaTable.ts';
import type { Sagas } from './saga.ts';
import type { Schedule } from './schedule.ts';

export interface SagaTimerOptions<DB> {
  readonly database: Kysely<DB>;
  readonly table: SagaTable;
  readonly sagas: Pick<Sagas, 'start'>;
  readonly schedules: readonly Schedule<DB>[];
  /** Hands a saga over for its run, if the transaction is committed. */
  readonly enqueue: (transaction: Transaction<DB>, id: string) => Promise<void>;
  /** Looks for what has been handed over. */
  readonly poll: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 500;
const AT_ONCE = 100;

/**
 * Starts what is to begin later, by the clock of the service: sagas that were given a time, and those of schedules. One
 * instance at a time does: see holdLease(). Two who both believe to be it start nothing twice.
 */
export class SagaTimer<DB> {
  readonly #options: SagaTimerOptions<DB>;

  constructor(options: SagaTimerOptions<DB>) {
    this.#options = options;
  }

  /** Until the term is over. */
  async run({ signal }: LeaseTerm): Promise<void> {
    const { log } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#startDue();
        for (const schedule of this.#options.schedules) await this.#startScheduled(schedule);
      } catch (err) {
        log.warn({ err }, 'what is to begin now could not be begun');
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #startDue(): Promise<void> {
    const { database, table, enqueue, poll, clock } = this.#options;
    for (;;) {
      const due = await transact(database, async (transaction) => {
        const ids = await table.takeDue(transaction, clock.now(), AT_ONCE);
        for (const id of ids) await enqueue(transaction, id);
        return ids;
      });
      if (due.length > 0) poll();
      if (due.length < AT_ONCE) return;
    }
  }

  async #startScheduled(schedule: Schedule<DB>): Promise<void> {
    const { database, sagas, clock } = this.#options;
    const { saga, missed } = schedule;
    await transact(database, async (transaction) => {
      const now = clock.now();
      // From when on it counts; whoever else believes to be the one waits here.
      const { rows } = await sql<{ last_at: Date }>`
        insert into weft.schedule as known (name, last_at) values (${saga.name}, ${now})
        on conflict (name) do update set last_at = known.last_at
        returning last_at`.execute(transaction);
      const times = passedTimes(schedule, rows[0]?.last_at ?? now, now);
      const [last] = times.slice(-1);
      if (!last) return;
      const isLate = now.getTime() - last.getTime() > LATE_MS;
      const wanted = missed === 'all' ? times : missed === 'none' && isLate ? [] : [last];
      for (const time of wanted) {
        await sagas.start(transaction, saga as never, { time }, { key: time.toISOString() });
      }
      await sql`update weft.schedule set last_at = ${last} where name = ${saga.name}`.execute(
        transaction,
      );
    });
  }
}

/** What is later than that was missed. */
const LATE_MS = 60_000;
/** Of one schedule in one go: whoever was away for a year has time. */
const MOST_TIMES = 1_000;

function passedTimes<DB>(schedule: Schedule<DB>, after: Date, now: Date): Date[] {
  const times: Date[] = [];
  let next = schedule.next(after);
  while (next && next <= now) {
    times.push(next);
    if (schedule.missed === 'all' && times.length === MOST_TIMES) break;
    next = schedule.next(next);
  }
  return times;
}
