import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import type { KitMigrations } from '../database/openDatabase.ts';
import type { Log } from '../Log.ts';

/** The table that leases are kept in. */
export const leaseMigrations: KitMigrations = {
  folder: fileURLToPath(new URL('migrations', import.meta.url)),
  schema: 'weft',
  prefix: 'lease',
};

export interface LeaseOptions {
  readonly database: Kysely<unknown>;
  /** What only one may do at a time, such as "relay". */
  readonly name: string;
  /** Who wants to, unlike any other, such as "order-1 4711 9f86d081". */
  readonly owner: string;
  readonly log: Log;
  /** Milliseconds after which another takes over from one that renews no more. Default 5,000. */
  readonly ttlMs?: number;
}

/** What the holder of a lease is given. */
export interface LeaseTerm {
  /** Greater than that of everybody who has held it before: writes name it, so that an earlier holder's are refused. */
  readonly epoch: number;
  /** Aborts when the lease is lost, or could not be renewed in time, and when all is to end. */
  readonly signal: AbortSignal;
  /** Whether it is held for sure. A process that has stood still knows by it before `signal` aborts. */
  isHeld(): boolean;
}

/**
 * Lets one instance of a service at a time do something: a row in its database that expires unless it is renewed. Unlike a
 * session lock of PostgreSQL's it is not lost at a restart of the server, nor kept by a process that stands still.
 *
 * @param work Runs while the lease is held, and should end when `signal` aborts. When it ends, or throws, the lease is
 *   given back, and asked for again.
 * @param stop Ends it all.
 */
export async function holdLease(
  options: LeaseOptions,
  work: (term: LeaseTerm) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { name, log, ttlMs = 5_000 } = options;
  while (!stop.aborted) {
    try {
      const askedAt = performance.now();
      const epoch = await acquire(options, ttlMs);
      if (epoch !== undefined) await serveTerm(options, ttlMs, epoch, askedAt, work, stop);
    } catch (err) {
      if (!stop.aborted) log.warn({ err, lease: name }, 'the holder of a lease has failed');
    }
    // Not all at once, and not at the pace of a failure.
    await sleep((ttlMs / 4) * (0.5 + Math.random()), undefined, { signal: stop }).catch(() => {});
  }
}

async function serveTerm(
  options: LeaseOptions,
  ttlMs: number,
  epoch: number,
  askedAt: number,
  work: (term: LeaseTerm) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const signal = AbortSignal.any([lost.signal, stop]);
  const held = { until: askedAt + ttlMs };
  const renewing = renew(options, ttlMs, epoch, held, lost, signal);
  try {
    await work({
      ...{ epoch, signal },
      isHeld: () => !lost.signal.aborted && performance.now() < held.until,
    });
  } finally {
    lost.abort();
    await renewing;
    await release(options, epoch).catch(() => {});
  }
}

/** Gives up a lease early enough that nobody has taken it: the clock runs from before it was asked for. */
async function renew(
  options: LeaseOptions,
  ttlMs: number,
  epoch: number,
  held: { until: number },
  lost: AbortController,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(ttlMs / 4, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const asked = performance.now();
    const timer = setTimeout(() => lost.abort(), Math.max(0, held.until - asked));
    try {
      if (!(await extend(options, ttlMs, epoch))) lost.abort();
      else held.until = asked + ttlMs;
    } catch {
      // Tried again until the time is over.
    } finally {
      clearTimeout(timer);
    }
    if (performance.now() > held.until) lost.abort();
  }
}

/** Undefined: another has it. */
async function acquire(
  { database, name, owner }: LeaseOptions,
  ttlMs: number,
): Promise<number | undefined> {
  const { rows } = await sql<{ epoch: number }>`
    insert into weft.lease as held (name, owner, epoch, expires_at)
    values (${name}, ${owner}, 1, clock_timestamp() + ${ttlMs} * interval '1 ms')
    on conflict (name) do update
      set owner = excluded.owner, epoch = held.epoch + 1, expires_at = excluded.expires_at
      where held.expires_at < clock_timestamp()
    returning epoch`.execute(database);
  return rows[0]?.epoch;
}

async function extend({ database, name }: LeaseOptions, ttlMs: number, epoch: number) {
  const { rows } = await sql`
    update weft.lease set expires_at = clock_timestamp() + ${ttlMs} * interval '1 ms'
    where name = ${name} and epoch = ${epoch} and expires_at > clock_timestamp()
    returning 1`.execute(database);
  return rows.length > 0;
}

async function release({ database, name }: LeaseOptions, epoch: number): Promise<void> {
  await sql`
    update weft.lease set expires_at = '-infinity'
    where name = ${name} and epoch = ${epoch}`.execute(database);
}
