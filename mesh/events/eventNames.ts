import { createHash } from 'node:crypto';

/**
 * How many parts the events of one service are split into by their keys. Each is consumed in order, and by one instance
 * at a time, so as many instances of a consumer share the work. To change it is to make the streams anew.
 */
export const PARTITIONS = 4;

/** The Consul service that NATS is. */
export const NATS_SERVICE = 'nats';

/** The numbers of all partitions. */
export const partitions: readonly number[] = Array.from(
  { length: PARTITIONS },
  (_, index) => index,
);

/** The JetStream stream of the events that a service publishes. */
export function streamOf(publisher: string): string {
  return `EVENTS_${publisher}`;
}

/**
 * Where an event is published.
 *
 * @param subject Of its contract, such as "order.created".
 * @param key Any text: in the subject stands a digest of it.
 */
export function publishedSubject(subject: string, key: string): string {
  return `events.${subject}.${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;
}

/** Where all events of a subject are published. */
export function publishedSubjects(subject: string): string {
  return `events.${subject}.*`;
}

/**
 * How the stream of a service names what is published: the server tells the partition by the key.
 *
 * @see https://docs.nats.io/nats-concepts/subject_mapping#deterministic-subject-token-partitioning
 */
export function partitioning(publisher: string): { src: string; dest: string } {
  return {
    src: `events.${publisher}.*.*`,
    dest: `events.${publisher}.{{partition(${PARTITIONS},2)}}.{{wildcard(1)}}.{{wildcard(2)}}`,
  };
}

/** What of a subject is stored in a partition. */
export function storedSubjects(subject: string, partition: number): string {
  const [publisher, word] = subject.split('.');
  return `events.${publisher}.${partition}.${word}.*`;
}

/** The durable consumer by which a service reads a partition of a stream. */
export function durableOf(service: string, partition: number): string {
  return `${service}-${partition}`;
}

/** What the subjects begin with on which a service is answered: nobody else may listen there. */
export function inboxPrefix(service: string): string {
  return `_INBOX.${service}`;
}

/** Headers of an event, beside W3C's `traceparent`. */
export const EventHeader = {
  /** Full name of the message, such as "order.v1.OrderCreated". */
  type: 'Weft-Type',
  /** Text of the key. */
  key: 'Weft-Key',
  /** Which outbox it comes from: another one counts from 1 again. */
  outbox: 'Weft-Outbox',
  /** Its place among the events of the outbox: a later one has a greater number. */
  position: 'Weft-Position',
  /** When it was written, in RFC 3339. */
  time: 'Weft-Time',
  /** Whose deed it was. Absent: the service's own. */
  actor: 'Weft-Actor',
} as const;
