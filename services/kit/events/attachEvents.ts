import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectNats, partitionsOf } from '@weft/mesh/events';
import { ConfigError, type ServiceContext } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { AttachedDatabase } from '../database/attachDatabase.ts';
import { notify } from '../database/notify.ts';
import type { KitMigrations } from '../database/openDatabase.ts';
import { holdLease, leaseMigrations } from '../lease/Lease.ts';
import { shareLeases } from '../lease/shareLeases.ts';
import { EventStream } from './EventStream.ts';
import { Events } from './Events.ts';
import type { Consumer } from './on.ts';
import { PartitionConsumer } from './PartitionConsumer.ts';
import { Relay } from './Relay.ts';

/** The tables that events are kept in. */
export const eventMigrations: readonly KitMigrations[] = [
  leaseMigrations,
  {
    folder: fileURLToPath(new URL('migrations', import.meta.url)),
    schema: 'weft',
    prefix: 'events',
  },
  {
    folder: fileURLToPath(new URL('../readModel/migrations', import.meta.url)),
    schema: 'weft',
    prefix: 'read_model',
  },
];

/** Events of a publisher that NATS sends ahead of their handling, over all partitions. */
const MOST_AHEAD = 2_000;

/** PostgreSQL tells the instance that publishes of new events by it. */
const CHANNEL = 'weft_outbox';

type Context = Pick<
  ServiceContext,
  'service' | 'serviceId' | 'consumes' | 'contracts' | 'identity' | 'log' | 'onStop'
>;

export interface EventOptions<DB> extends AttachedDatabase<DB> {
  readonly consumers: readonly Consumer<DB>[];
  /** Of NATS. Default: NATS_URL. */
  readonly url?: string | undefined;
  /** Milliseconds after which another instance takes over from one that has died. Default 5,000. */
  readonly leaseMs?: number;
}

/**
 * Publishes a service's events and handles those that it consumes, until it stops. NATS need not be there: what is written
 * waits, and so does what others have written.
 *
 * @throws ConfigError when there is no NATS_URL, and when the definition and the manifest do not agree on what is consumed.
 */
export function attachEvents<DB>(
  { database, watch, consumers, url = process.env.NATS_URL, leaseMs }: EventOptions<DB>,
  context: Context,
): { readonly events: Events; readonly stream: EventStream } {
  const { service, serviceId, contracts, identity, log, onStop } = context;
  const byPublisher = groupConsumers(consumers, context);
  if (!url)
    throw new ConfigError('NATS_URL must be a URL such as nats://127.0.0.1:4222; it is not set');
  const tables = database as unknown as Kysely<unknown>;
  const owner = `${serviceId} ${process.pid} ${randomBytes(4).toString('hex')}`;
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  let connection: NatsConnection | undefined;
  let relay: Relay | undefined;
  const connected = Promise.withResolvers<NatsConnection>();
  // Whoever waits for it hears of that, too.
  connected.promise.catch(() => {});
  const lease = { database: tables, owner, log, ...(leaseMs ? { ttlMs: leaseMs } : {}) };
  const hold = (name: string, work: Parameters<typeof holdLease>[1]) => {
    running.push(holdLease({ ...lease, name }, work, stop.signal));
  };

  let notifying = false;
  const onAdded = () => {
    // One of another instance has to be told, for which what is added in one turn counts once.
    if (relay?.wake() || notifying) return;
    notifying = true;
    setImmediate(() => {
      notifying = false;
      notify(tables, CHANNEL).catch(() => {});
    });
  };
  const events = new Events({ contracts, service, onAdded });

  const start = async () => {
    const made = await connectNats({ url, service, name: serviceId, identity });
    if (stop.signal.aborted) return made.close();
    connection = made;
    connected.resolve(made);
    const options = { connection, service, log };
    if (contracts.publishes(service) && !contracts.writesStream(service)) {
      const own = new Relay({ ...options, database: tables });
      relay = own;
      hold('relay', (term) => own.run(term));
    }
    for (const [publisher, byType] of byPublisher) {
      const partitions = partitionsOf(contracts.streamOf(publisher));
      const ahead = Math.ceil(MOST_AHEAD / partitions.length);
      const consumers = new Map(
        partitions.map((partition) => [
          `events ${publisher} ${partition}`,
          new PartitionConsumer<DB>({
            ...{ ...options, database, publisher, partition, ahead, events },
            consumers: byType,
          }),
        ]),
      );
      const share = { ...lease, share: `events ${publisher}`, names: [...consumers.keys()] };
      running.push(
        shareLeases(share, async (name, term) => consumers.get(name)?.run(term), stop.signal),
      );
    }
  };
  start().catch((err) => {
    log.error({ err }, 'events go nowhere');
    connected.reject(err);
  });
  const forget = watch.listen(CHANNEL, () => relay?.wake());
  onStop(async () => {
    stop.abort();
    forget();
    connected.reject(new Error('the service stops'));
    await Promise.all(running);
    await connection?.close();
  });

  return {
    events,
    stream: new EventStream({
      ...{ contracts, service, database: tables, hold },
      connected: connected.promise,
    }),
  };
}

type ByType<DB> = ReadonlyMap<string, Consumer<DB>>;

/** @throws ConfigError when the manifest says something else. */
function groupConsumers<DB>(
  consumers: readonly Consumer<DB>[],
  { contracts, consumes, service }: Context,
): ReadonlyMap<string, ByType<DB>> {
  const byPublisher = new Map<string, Map<string, Consumer<DB>>>();
  const subjects: string[] = [];
  for (const consumer of consumers) {
    const { $type } = consumer.type;
    const contract = contracts.events.get($type);
    if (!contract) throw new ConfigError(`${$type} is no event: its contract does not say so`);
    subjects.push(contract.subject);
    const byType = byPublisher.get(contract.publisher) ?? new Map();
    if (byType.has($type)) throw new ConfigError(`${service} consumes ${$type} twice`);
    byPublisher.set(contract.publisher, byType.set($type, consumer));
  }
  const [said, meant] = [consumes.toSorted().join(', '), subjects.sort().join(', ')];
  if (said === meant) return byPublisher;
  throw new ConfigError(
    `${service} consumes ${meant || 'nothing'}, and its manifest says ${said || 'nothing'} (consumes)`,
  );
}
