import {
  blobStreamOf,
  blobSubjects,
  durableOf,
  inboxPrefix,
  partitionsOf,
  publishedSubjects,
  roomStreamOf,
  roomSubjects,
  streamOf,
  toldSubjects,
} from './eventNames.ts';
import type { EventPlan } from './planEvents.ts';

/** What one client of NATS may do; all else it may not. */
export interface NatsUser {
  /** The name that its certificate proves, such as `spiffe://<trust domain>/ns/default/dc/dc1/svc/order`. */
  readonly user: string;
  readonly permissions: {
    readonly publish: { readonly allow: readonly string[] };
    readonly subscribe: { readonly allow: readonly string[] };
  };
}

/** The name by which an operator's `weft` connects. */
const OPERATOR = 'cli';

/**
 * Who may do what at NATS, as contracts and manifests say: a service publishes its own events and reads its own stream's
 * end; it reads what it consumes by its own durable consumers, whose filters it cannot change; and who writes its stream itself
 * hears what has come into it. The operator administers streams and consumers, and publishes nothing.
 *
 * @param spiffeId The name that a service's certificate proves.
 */
export function natsPermissions(
  { published, consumed, keepsBlobs, told }: EventPlan,
  spiffeId: (service: string) => string,
): NatsUser[] {
  const allowed = new Map<string, string[]>();
  const allow = (service: string, subjects: readonly string[]) =>
    allowed.set(service, [...(allowed.get(service) ?? []), ...subjects]);
  for (const [publisher, events] of published) {
    const stream = streamOf(publisher);
    allow(publisher, [
      ...events.map(({ subject }) => publishedSubjects(subject)),
      `$JS.API.STREAM.INFO.${stream}`,
      `$JS.API.STREAM.MSG.GET.${stream}`,
    ]);
  }
  for (const { service, publisher } of consumed) {
    for (const partition of partitionsOf(published.get(publisher)?.[0]?.stream)) {
      const durable = `${streamOf(publisher)}.${durableOf(service, partition)}`;
      allow(service, [
        `$JS.API.CONSUMER.INFO.${durable}`,
        `$JS.API.CONSUMER.RESET.${durable}`,
        `$JS.API.CONSUMER.MSG.NEXT.${durable}`,
      ]);
    }
  }
  for (const service of keepsBlobs) {
    const stream = blobStreamOf(service);
    allow(service, [
      blobSubjects(service),
      `$JS.API.DIRECT.GET.${stream}.${blobSubjects(service)}`,
      `$JS.API.STREAM.PURGE.${stream}`,
    ]);
  }
  const heard = new Map<string, string[]>();
  const hear = (service: string, subjects: string) =>
    heard.set(service, [...(heard.get(service) ?? []), subjects]);
  for (const [publisher, [event]] of published) {
    if (event?.stream) hear(publisher, toldSubjects(publisher));
  }
  for (const service of new Set(told.map((each) => each.service))) {
    const stream = roomStreamOf(service);
    allow(service, [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.DIRECT.GET.${stream}`]);
    hear(service, roomSubjects(service));
  }
  allow(OPERATOR, ['$JS.API.>']);
  return [...allowed].map(([service, subjects]) => ({
    user: spiffeId(service),
    permissions: {
      publish: { allow: subjects },
      subscribe: {
        allow: [`${inboxPrefix(service)}.>`, ...(heard.get(service) ?? [])],
      },
    },
  }));
}
