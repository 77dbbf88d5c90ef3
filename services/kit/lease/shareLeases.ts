import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { holdLease, type LeaseOptions, type LeaseTerm } from './Lease.ts';

export interface ShareOptions extends Omit<LeaseOptions, 'name'> {
  /** What is shared, such as "events order". */
  readonly share: string;
  /** The leases, in the same order at each instance. */
  readonly names: readonly string[];
}

/** Members that have been gone for so many times their life are forgotten. */
const FORGOTTEN = 10;

/**
 * Shares leases evenly among the instances that live: of any two, one holds at most one lease more than the other. When one comes or
 * goes, the others give up or take over what is its part, within about a lease's life. That two believe otherwise for a moment
 * does no harm: a lease has one holder.
 *
 * @param work Runs for each lease that is held, as for holdLease().
 * @param stop Ends it all.
 */
export async function shareLeases(
  options: ShareOptions,
  work: (name: string, term: LeaseTerm) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { share, names, log, ttlMs = 5_000 } = options;
  const wanted = new Map<string, AbortController>();
  const running = new Map<string, Promise<void>>();
  while (!stop.aborted) {
    try {
      const part = new Set(partOf(options, await readMembers(options, ttlMs)));
      for (const [name, giveUp] of wanted) {
        if (part.has(name)) continue;
        giveUp.abort();
        wanted.delete(name);
      }
      for (const name of names) {
        // What is being given up is wanted again when that has come to its end.
        if (part.has(name) && !wanted.has(name) && !running.has(name)) begin(name);
      }
    } catch (err) {
      // What is held stays so for as long as its own lease does.
      if (!stop.aborted) log.warn({ err, share }, 'who shares leases could not be read');
    }
    await sleep((ttlMs / 4) * (0.5 + Math.random()), undefined, { signal: stop }).catch(() => {});
  }
  await Promise.all(running.values());
  await leave(options).catch(() => {});

  function begin(name: string): void {
    const giveUp = new AbortController();
    wanted.set(name, giveUp);
    const ended = holdLease(
      { ...options, name },
      (term) => work(name, term),
      AbortSignal.any([giveUp.signal, stop]),
    );
    running.set(
      name,
      ended.finally(() => running.delete(name)),
    );
  }
}

function partOf({ owner, names }: ShareOptions, members: readonly string[]): string[] {
  const rank = members.indexOf(owner);
  return names.filter((_, index) => index % members.length === rank);
}

/** Those who live, in one order for all, this one among them. */
async function readMembers(
  { database, share, owner }: ShareOptions,
  ttlMs: number,
): Promise<string[]> {
  await sql`
    with forgotten as (
      delete from weft.lease_member
      where share = ${share} and owner <> ${owner}
        and expires_at < clock_timestamp() - ${FORGOTTEN * ttlMs} * interval '1 ms'
    )
    insert into weft.lease_member (share, owner, expires_at)
    values (${share}, ${owner}, clock_timestamp() + ${ttlMs} * interval '1 ms')
    on conflict (share, owner) do update set expires_at = excluded.expires_at`.execute(database);
  const { rows } = await sql<{ owner: string }>`
    select owner from weft.lease_member
    where share = ${share} and (expires_at > clock_timestamp() or owner = ${owner})
    order by owner collate "C"`.execute(database);
  return rows.map((row) => row.owner);
}

async function leave({ database, share, owner }: ShareOptions): Promise<void> {
  await sql`
    delete from weft.lease_member where share = ${share} and owner = ${owner}`.execute(database);
}
