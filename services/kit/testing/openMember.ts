import type { Contracts } from '@weft/mesh/contracts';
import type { TestNats } from '@weft/mesh/testing/TestNats';
import type { Kysely } from 'kysely';
import { attachDatabase } from '../database/attachDatabase.ts';
import type { DatabaseWatch } from '../database/DatabaseWatch.ts';
import type { ConsumeContext } from '../defineService.ts';
import { attachEvents, eventMigrations } from '../events/attachEvents.ts';
import type { EventStream } from '../events/EventStream.ts';
import type { Events } from '../events/Events.ts';
import type { Consumer } from '../events/on.ts';
import type { Log } from '../Log.ts';
import { quietLog } from './quietLog.ts';

export interface MemberOptions<DB> {
  /** Name in Consul. */
  readonly service: string;
  /** Tells instances apart. Default 1. */
  readonly instance?: number;
  readonly contracts: Contracts;
  readonly nats: Pick<TestNats, 'url' | 'identity'>;
  readonly databaseUrl: string;
  /** Folder of its migrations. */
  readonly migrations: string;
  /** A function is given what that of a definition is. */
  readonly consumers?: readonly Consumer<DB>[] | ((context: MemberContext<DB>) => Consumer<DB>[]);
  readonly log?: Log;
  /** Default 1,000: a test does not wait long for another instance to take over. */
  readonly leaseMs?: number;
}

export type MemberContext<DB> = Pick<
  ConsumeContext<DB>,
  'database' | 'contracts' | 'observe' | 'onStop'
>;

/** What an instance of a service holds, without its server. */
export interface TestMember<DB> extends AsyncDisposable {
  readonly database: Kysely<DB>;
  readonly events: Events;
  /** Its own, where contracts say that it writes that itself. */
  readonly stream: EventStream;
  readonly watch: DatabaseWatch;
  stop(): Promise<void>;
}

/** Starts what an instance of a service that publishes or consumes events holds. */
export async function openMember<DB>({
  service,
  instance = 1,
  contracts,
  nats,
  databaseUrl,
  migrations,
  consumers: given = [],
  log = quietLog,
  leaseMs = 1_000,
}: MemberOptions<DB>): Promise<TestMember<DB>> {
  const hooks: (() => Promise<void> | void)[] = [];
  const files = await nats.identity(service);
  const context = {
    service,
    serviceId: `${service}-${instance}`,
    contracts,
    identity: files as never,
    log: log as never,
    signal: AbortSignal.timeout(600_000),
    observe: () => {},
    setNotReady: () => {},
    onStop: (hook: () => Promise<void> | void) => void hooks.unshift(hook),
  };
  const attached = await attachDatabase<DB>({ migrations }, context, eventMigrations, databaseUrl);
  const { database, watch } = attached;
  const consumers = typeof given === 'function' ? given({ ...context, database }) : given;
  const consumes = consumers.map(
    ({ type }) => contracts.events.get(type.$type)?.subject ?? type.$type,
  );
  const { events, stream } = attachEvents(
    { ...attached, consumers, url: nats.url, leaseMs },
    { ...context, consumes },
  );
  const stop = async () => {
    for (const hook of hooks.splice(0)) await hook();
  };
  return { database, events, stream, watch, stop, [Symbol.asyncDispose]: stop };
}
