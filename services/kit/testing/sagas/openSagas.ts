import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { type Clock, systemClock } from '../../Clock.ts';
import { attachDatabase } from '../../database/attachDatabase.ts';
import type { Log } from '../../Log.ts';
import { type AttachedSagas, attachSagas, sagaMigrations } from '../../sagas/attachSagas.ts';
import type { AnySaga } from '../../sagas/saga.ts';
import type { Schedule } from '../../sagas/schedule.ts';
import { quietLog } from '../quietLog.ts';

export interface OpenSagasOptions<DB> {
  /** Of the service's own database. */
  readonly databaseUrl: string;
  readonly sagas: readonly AnySaga<DB>[];
  readonly schedules?: readonly Schedule<DB>[];
  /** Tells instances apart. Default 1. */
  readonly instance?: number;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Default 1,000: a test does not wait long for another instance to take over. */
  readonly leaseMs?: number;
}

/** What an instance of a service with sagas holds, without its server. One at a time in a process. */
export interface TestSagas<DB> extends AttachedSagas, AsyncDisposable {
  readonly database: Kysely<DB>;
  stop(): Promise<void>;
}

/** Starts what runs the sagas of an instance of a service. It has no tables of its own. */
export async function openSagas<DB>({
  databaseUrl,
  sagas,
  schedules = [],
  instance = 1,
  clock = systemClock,
  log = quietLog,
  leaseMs = 1_000,
}: OpenSagasOptions<DB>): Promise<TestSagas<DB>> {
  const hooks: (() => Promise<void> | void)[] = [];
  const context = {
    service: 'testing-sagas',
    serviceId: `testing-sagas-${instance}`,
    log: log as never,
    client: () => {
      throw new Error('these sagas call nobody');
    },
    signal: AbortSignal.timeout(600_000),
    observe: () => {},
    setNotReady: () => {},
    onStop: (hook: () => Promise<void> | void) => void hooks.unshift(hook),
  };
  const migrations = await mkdtemp(join(tmpdir(), 'weft-none-'));
  const attached = await attachDatabase<DB>(
    { migrations },
    context,
    sagaMigrations,
    databaseUrl,
  ).finally(() => rm(migrations, { recursive: true }));
  const running = await attachSagas(
    { ...attached, sagas, schedules, clock, events: undefined as never, url: databaseUrl, leaseMs },
    context,
  );
  const stop = async () => {
    for (const hook of hooks.splice(0)) await hook();
  };
  return { ...running, database: attached.database, stop, [Symbol.asyncDispose]: stop };
}
