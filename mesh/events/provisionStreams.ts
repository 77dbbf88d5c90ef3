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
import type { StreamContract } from '@weft/mesh/contracts';
import {
  blobStreamOf,
  blobSubjects,
  durableOf,
  partitioning,
  partitionsOf,
  roomStreamOf,
  roomSubjects,
  storedSubjects,
  streamOf,
  toldSubjects,
} from './eventNames.ts';
import type { Consumption, EventPlan } from './planEvents.ts';

/** How long events stay. Who comes later than that has missed some. */
export const RETENTION_DAYS = 7;
/** How long events stay that are told in rooms: whoever comes back to a room within that time has missed none. */
const ROOM_MINUTES = 15;
/** Of the events that a service tells in rooms: the oldest go first. */
const MAX_ROOM_STREAM_BYTES = 256 * 1024 ** 2;
/** Of one event, headers included. */
const MAX_EVENT_BYTES = 1024 * 1024;
/** Of the blobs of one service; more are refused. */
const MAX_BLOB_STORE_BYTES = 2 * 1024 ** 3;
const MS_NS = 1_000_000;
const DAY_NS = 24 * 60 * 60 * 1_000 * MS_NS;

/**
 * Makes the streams and the durable consumers that events go through, and changes those that are there already. A stream
 * keeps what is in it. Consumers of services that consume no more are removed.
 *
 * @param connection Of who may administer JetStream.
 */
export async function provisionStreams(connection: NatsConnection, plan: EventPlan): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  for (const service of plan.keepsBlobs) await provisionBlobs(manager, service);
  for (const [publisher, [event]] of plan.published) {
    await provisionStream(manager, publisher, event?.stream);
    const consumptions = plan.consumed.filter((each) => each.publisher === publisher);
    const partitions = partitionsOf(event?.stream);
    for (const each of consumptions) await provisionConsumers(manager, each, partitions);
    await removeOthers(manager, publisher, consumptions, partitions);
  }
  for (const [service, told] of Map.groupBy(plan.told, ({ service }) => service)) {
    await provisionRooms(manager, service, told);
  }
}

/** @param own Where the publisher writes it itself; its instances hear of each event as it comes (RePublish). */
async function provisionStream(
  manager: JetStreamManager,
  publisher: string,
  own: StreamContract | undefined,
): Promise<void> {
  await provision(manager, {
    name: streamOf(publisher),
    subjects: [partitioning(publisher, own).src],
    subject_transform: partitioning(publisher, own),
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: own ? own.maxAgeMs * MS_NS : RETENTION_DAYS * DAY_NS,
    ...(own && {
      max_bytes: own.maxBytes,
      republish: { src: '>', dest: toldSubjects(publisher) },
    }),
    max_msg_size: MAX_EVENT_BYTES,
    allow_direct: false,
  });
}

/** Each piece has a subject of its own and is there once, whoever writes it again. */
async function provisionBlobs(manager: JetStreamManager, service: string): Promise<void> {
  await provision(manager, {
    name: blobStreamOf(service),
    subjects: [blobSubjects(service)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    max_bytes: MAX_BLOB_STORE_BYTES,
    allow_direct: true,
  });
}

/**
 * A stream that takes in, from the publishers' own, what is told in rooms. All instances of the service read it from the same
 * numbers, and hear of each message as it comes (RePublish): so none needs a consumer, which only the operator may make.
 *
 * @see https://docs.nats.io/nats-concepts/jetstream/streams#republish
 */
async function provisionRooms(
  manager: JetStreamManager,
  service: string,
  told: readonly Consumption[],
): Promise<void> {
  await provision(manager, {
    name: roomStreamOf(service),
    sources: told.map(({ publisher, subjects }) => ({
      name: streamOf(publisher),
      // A transform without a destination only chooses.
      subject_transforms: subjects.map((subject) => ({
        src: storedSubjects(subject, '*'),
        dest: '',
      })),
    })),
    republish: { src: '>', dest: roomSubjects(service) },
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: (ROOM_MINUTES * DAY_NS) / (24 * 60),
    max_bytes: MAX_ROOM_STREAM_BYTES,
    allow_direct: true,
  });
}

async function provision(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const known = await manager.streams.info(config.name).catch(unlessMissing);
  if (known) await manager.streams.update(config.name, config);
  else await manager.streams.add(config);
}

async function provisionConsumers(
  manager: JetStreamManager,
  { service, publisher, subjects }: Consumption,
  partitions: readonly number[],
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
  partitions: readonly number[],
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
