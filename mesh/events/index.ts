/** How events travel between services: what NATS holds for them, who may do what there, and the way to it. */
export { connectNats, type NatsOptions } from './connectNats.ts';
export {
  durableOf,
  EventHeader,
  inboxPrefix,
  NATS_SERVICE,
  PARTITIONS,
  partitions,
  publishedSubject,
  storedSubjects,
  streamOf,
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
export { type NatsServerOptions, serverConfig } from './serverConfig.ts';
