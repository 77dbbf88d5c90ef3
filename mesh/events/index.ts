/** How events travel between services: what NATS holds for them, who may do what there, and the way to it. */
export { connectNats, type NatsOptions } from './connectNats.ts';
export {
  blobStreamOf,
  blobSubject,
  durableOf,
  EventHeader,
  inboxPrefix,
  NATS_SERVICE,
  PARTITIONS,
  partitionsOf,
  publishedSubject,
  roomStreamOf,
  roomSubjects,
  storedSubjects,
  streamOf,
  toldSubjects,
} from './eventNames.ts';
export { type NatsUser, natsPermissions } from './natsPermissions.ts';
export {
  type Consumption,
  type EventPlan,
  type EventService,
  planEvents,
  usesEvents,
} from './planEvents.ts';
export { provisionStreams, RETENTION_DAYS } from './provisionStreams.ts';
export { type ReceivedEvent, receivedEvent } from './ReceivedEvent.ts';
export { type NatsServerOptions, serverConfig } from './serverConfig.ts';
