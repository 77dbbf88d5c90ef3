import { createHash } from 'node:crypto';
import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import type { AttemptBucket, DB } from '../database.ts';

/** So many failures at once, and evenly as many more in the time that an empty bucket takes to fill. */
export interface AttemptLimit {
  /** What is counted, such as "password from 192.0.2.1". It is kept as a hash. */
  readonly name: string;
  readonly capacity: number;
  /** In milliseconds. */
  readonly fillMs: number;
}

/** One that has begun. */
export interface Attempt extends Disposable {
  /** It has failed, and is counted. */
  fail(): Promise<void>;
}

/**
 * Counts what fails, over all instances: a token bucket for each name. What succeeds costs nothing, and what is under way
 * is counted as if it would fail, by the instance that it is under way at: so many guesses at once get no further than
 * one after the other.
 */
export class Attempts {
  readonly #database: Kysely<DB>;
  readonly #clock: Clock;
  readonly #underWay = new Map<string, number>();

  constructor(database: Kysely<DB>, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Begins an attempt. Its end is told by its disposal.
   *
   * @throws RpcError RESOURCE_EXHAUSTED with reason TOO_MANY_ATTEMPTS, when one of the limits has none left.
   */
  async begin(limits: readonly AttemptLimit[]): Promise<Attempt> {
    const rows = await this.#database
      .selectFrom('attempt_bucket')
      .selectAll()
      .where('key', 'in', limits.map(keyOf))
      .execute();
    const waits = limits.map((limit) => this.#wait(limit, rows));
    const longest = Math.max(...waits);
    if (longest > 0) throw tooMany(Math.ceil(longest / 1_000));
    this.#count(limits, 1);
    return {
      fail: () => this.#fail(limits),
      [Symbol.dispose]: () => this.#count(limits, -1),
    };
  }

  /** Takes one of what is limited whether it fails or not. @returns whether there was one left. */
  async take(limit: AttemptLimit): Promise<boolean> {
    const taken = await this.#upsert([limit], sql<boolean>`${LEFT} >= 1`).execute();
    return taken.length > 0;
  }

  async #fail(limits: readonly AttemptLimit[]): Promise<void> {
    await this.#upsert(limits).execute();
  }

  #upsert(limits: readonly AttemptLimit[], condition = sql<boolean>`true`) {
    const updated_at = this.#clock.now();
    const rows = limits
      .map((limit) => ({
        ...{ key: keyOf(limit), capacity: limit.capacity, fill_ms: limit.fillMs },
        ...{ tokens: limit.capacity - 1, updated_at },
      }))
      // In one order, so that two calls do not wait for each other.
      .toSorted((one, other) => one.key.compare(other.key));
    return this.#database
      .insertInto('attempt_bucket')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({
            tokens: sql`${LEFT} - 1`,
            updated_at: sql`excluded.updated_at`,
            capacity: sql`excluded.capacity`,
            fill_ms: sql`excluded.fill_ms`,
          })
          .where(condition),
      )
      .returning('key');
  }

  /** Milliseconds until there is one; 0 or less: there is. */
  #wait(limit: AttemptLimit, rows: readonly Selectable<AttemptBucket>[]): number {
    const row = rows.find(({ key }) => key.equals(keyOf(limit)));
    const { capacity, fillMs, name } = limit;
    const since = row ? Math.max(0, this.#clock.now().getTime() - row.updated_at.getTime()) : 0;
    const tokens = Math.min(capacity, (row?.tokens ?? capacity) + (since * capacity) / fillMs);
    const left = tokens - (this.#underWay.get(name) ?? 0);
    return ((1 - left) * fillMs) / capacity;
  }

  #count(limits: readonly AttemptLimit[], more: number): void {
    for (const { name } of limits) {
      const count = (this.#underWay.get(name) ?? 0) + more;
      if (count > 0) this.#underWay.set(name, count);
      else this.#underWay.delete(name);
    }
  }
}

/** What a bucket holds by now. */
const LEFT = sql`least(
  excluded.capacity,
  attempt_bucket.tokens
    + greatest(0, extract(epoch from excluded.updated_at - attempt_bucket.updated_at)::float8)
    * 1000 * excluded.capacity / excluded.fill_ms
)`;

function keyOf({ name }: AttemptLimit): Buffer {
  return createHash('sha256').update(name).digest();
}

function tooMany(seconds: number): RpcError {
  return new RpcError(Status.RESOURCE_EXHAUSTED, `too many attempts: try again in ${seconds} s`, {
    details: [
      errorInfo('TOO_MANY_ATTEMPTS'),
      { type: 'google.rpc.RetryInfo', value: { retryDelay: { seconds, nanos: 0 } } },
    ],
  });
}
