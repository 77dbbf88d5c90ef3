import type { Contracts, EventContract } from '@weft/mesh/contracts';

/** A service as far as events are concerned. */
export interface EventService {
  /** Name in Consul. */
  readonly name: string;
  /** Subjects that its manifest names. */
  readonly consumes: readonly string[];
  /** Whether it keeps blobs. Default: false. */
  readonly blobs?: boolean;
  /** Whether it tells events in rooms. Default: false. */
  readonly rooms?: boolean;
}

/** Who publishes what, and who consumes it. */
export interface EventPlan {
  /** The events of each service that publishes any. */
  readonly published: ReadonlyMap<string, readonly EventContract[]>;
  readonly consumed: readonly Consumption[];
  /** The services that keep blobs. */
  readonly keepsBlobs: readonly string[];
  /** What each service that tells events in rooms is told of each publisher: as contracts say (weft.rooms.v1). */
  readonly told: readonly Consumption[];
}

/** What one service is given of another's events. */
export interface Consumption {
  readonly service: string;
  readonly publisher: string;
  readonly subjects: readonly string[];
}

/**
 * Works out from contracts and manifests which events go where.
 *
 * @param services All that there are: events of others have no publisher here, and are left out.
 * @throws Error that names the service and the subject, when it consumes what nobody publishes.
 */
export function planEvents(contracts: Contracts, services: readonly EventService[]): EventPlan {
  const names = new Set(services.map(({ name }) => name));
  const events = [...contracts.events.values()].filter(({ publisher }) => names.has(publisher));
  const published = Map.groupBy(events, ({ publisher }) => publisher);
  const known = new Map(events.map((event) => [event.subject, event]));
  const consumed = services.flatMap(({ name, consumes }) => {
    for (const subject of consumes) {
      if (known.has(subject)) continue;
      const all = [...known.keys()].sort().join(', ') || 'none';
      throw new Error(`${name} consumes ${subject}, which no contract has; there are ${all}`);
    }
    const byPublisher = Map.groupBy(new Set(consumes), (subject) => subject.split('.')[0] ?? '');
    return [...byPublisher].map(([publisher, subjects]) => ({
      service: name,
      publisher,
      subjects: subjects.toSorted(),
    }));
  });
  const keepsBlobs = services.filter(({ blobs }) => blobs).map(({ name }) => name);
  const told = services
    .filter(({ rooms }) => rooms)
    .flatMap(({ name }) =>
      toldInRooms(contracts, names).map((each) => ({ service: name, ...each })),
    );
  return { published, consumed, keepsBlobs, told };
}

function toldInRooms(
  contracts: Contracts,
  names: ReadonlySet<string>,
): Omit<Consumption, 'service'>[] {
  const events = [...contracts.rooms.values()]
    .flatMap((room) => (room.kind === 'events' ? room.events : []))
    .map(({ event }) => event)
    .filter(({ publisher }) => names.has(publisher));
  return [...Map.groupBy(events, ({ publisher }) => publisher)].map(([publisher, its]) => ({
    publisher,
    subjects: [...new Set(its.map(({ subject }) => subject))].sort(),
  }));
}

/** Whether any of these services needs NATS: it publishes events, is given others', or keeps blobs. */
export function usesEvents(
  { published, consumed, keepsBlobs, told }: EventPlan,
  services: readonly string[],
): boolean {
  return services.some(
    (name) =>
      published.has(name) ||
      keepsBlobs.includes(name) ||
      [...consumed, ...told].some(({ service }) => service === name),
  );
}
