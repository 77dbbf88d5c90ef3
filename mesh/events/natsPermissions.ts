import { durableOf, inboxPrefix, partitions, publishedSubjects, streamOf } from './eventNames.ts';
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
 * end; it reads what it consumes by its own durable consumers, whose filters it cannot change. The operator administers
 * streams and consumers, and publishes nothing.
 *
 * @param spiffeId The name that a service's certificate proves.
 */
export function natsPermissions(
  { published, consumed }: EventPlan,
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
    for (const partition of partitions) {
      const durable = `${streamOf(publisher)}.${durableOf(service, partition)}`;
      allow(service, [
        `$JS.API.CONSUMER.INFO.${durable}`,
        `$JS.API.CONSUMER.RESET.${durable}`,
        `$JS.API.CONSUMER.MSG.NEXT.${durable}`,
      ]);
    }
  }
  allow(OPERATOR, ['$JS.API.>']);
  return [...allowed].map(([service, subjects]) => ({
    user: spiffeId(service),
    permissions: {
      publish: { allow: subjects },
      subscribe: { allow: [`${inboxPrefix(service)}.>`] },
    },
  }));
}
