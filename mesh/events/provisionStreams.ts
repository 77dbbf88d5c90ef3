import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { durableOf, partitioning, partitions, storedSubjects, streamOf } from './eventNames.ts';
import type { Consumption, EventPlan } from './planEvents.ts';

/** How long events stay. Who comes later than that has missed some. */
export const RETENTION_DAYS = 7;
/** Of one event, headers included. */
const MAX_EVENT_BYTES = 1024 * 1024;
const DAY_NS = 24 * 60 * 60 * 1_000_000_000;

/**
 * Makes the streams and the durable consumers that events go through, and changes those that are there already. A stream
 * keeps what is in it. Consumers of services that consume no more are removed.
 *
 * @param connection Of who may administer JetStream.
 */
export async function provisionStreams(connection: NatsConnection, plan: EventPlan): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  for (const publisher of plan.published.keys()) {
    await provisionStream(manager, publisher);
    const consumptions = plan.consumed.filter((each) => each.publisher === publisher);
    for (const consumption of consumptions) await provisionConsumers(manager, consumption);
    await removeOthers(manager, publisher, consumptions);
  }
}

async function provisionStream(manager: JetStreamManager, publisher: string): Promise<void> {
  const config: Partial<StreamConfig> & { name: string } = {
    name: streamOf(publisher),
    subjects: [partitioning(publisher).src],
    subject_transform: partitioning(publisher),
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: RETENTION_DAYS * DAY_NS,
    max_msg_size: MAX_EVENT_BYTES,
    allow_direct: false,
  };
  const known = await manager.streams.info(config.name).catch(unlessMissing);
  if (known) await manager.streams.update(config.name, config);
  else await manager.streams.add(config);
}

async function provisionConsumers(
  manager: JetStreamManager,
  { service, publisher, subjects }: Consumption,
): Promise<void> {
  for (const partition of partitions) {
    await manager.consumers.add(streamOf(publisher), {
      durable_name: durableOf(service, partition),
      // How far a consumer has come stands in its own database, with what it has done.
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      replay_policy: ReplayPolicy.Instant,
      filter_subjects: subjects.map((subject) => storedSubjects(subject, partition)),
    });
  }
}

async function removeOthers(
  manager: JetStreamManager,
  publisher: string,
  consumptions: readonly Consumption[],
): Promise<void> {
  const wanted = new Set(
    consumptions.flatMap(({ service }) => partitions.map((each) => durableOf(service, each))),
  );
  const stream = streamOf(publisher);
  for await (const { name } of manager.consumers.list(stream)) {
    if (!wanted.has(name)) await manager.consumers.delete(stream, name);
  }
}

/** @throws what is no "not found". */
function unlessMissing(error: Error & { status?: number; code?: number }): undefined {
  if (/not found/.test(error.message)) return undefined;
  throw error;
}
