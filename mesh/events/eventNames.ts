import { createHash } from 'node:crypto';
import type { StreamContract } from '@weft/mesh/contracts';

/**
 * How many parts the events of one service are split into by their keys, where their contracts do not say. Each is consumed in order,
 * and by one instance at a time, so as many instances of a consumer share the work. To change it is to make the stream anew.
 */
export const PARTITIONS = 4;

/** The Consul service that NATS is. */
export const NATS_SERVICE = 'nats';

/**
 * The numbers of all partitions of a publisher's events.
 *
 * @param own Its stream as contracts have it; undefined: they say nothing of it.
 */
export function partitionsOf(own: StreamContract | undefined): readonly number[] {
  return Array.from({ length: own?.partitions ?? PARTITIONS }, (_, index) => index);
}

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
  return `events.${subject}.${digest(key)}`;
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
export function partitioning(
  publisher: string,
  own: StreamContract | undefined,
): { src: string; dest: string } {
  return {
    src: `events.${publisher}.*.*`,
    dest: `events.${publisher}.{{partition(${partitionsOf(own).length},2)}}.{{wildcard(1)}}.{{wildcard(2)}}`,
  };
}

/** What of a subject is stored in a partition; "*": in any. @param key What of one key alone is. Default: of all. */
export function storedSubjects(subject: string, partition: number | '*', key?: string): string {
  const [publisher, word] = subject.split('.');
  return `events.${publisher}.${partition}.${word}.${key === undefined ? '*' : digest(key)}`;
}

/** Where the server tells each event that it has put into the stream of a publisher that writes that itself. */
export function toldSubjects(publisher: string): string {
  return `told.${publisher}.>`;
}

/** A key is any text, and what stands in a subject is not. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}

/** The durable consumer by which a service reads a partition of a stream. */
export function durableOf(service: string, partition: number): string {
  return `${service}-${partition}`;
}

/** The JetStream stream of the blobs that a service keeps. */
export function blobStreamOf(service: string): string {
  return `BLOBS_${service}`;
}

/** All that it holds: see blobSubject(). */
export function blobSubjects(service: string): string {
  return `blobs.${service}.>`;
}

/** @param part Number of a piece from 0, or "meta" for what is known of the whole. */
export function blobSubject(service: string, id: string, part: number | 'meta'): string {
  return `blobs.${service}.${id}.${part}`;
}

/** The JetStream stream of the events that a service tells in rooms: others' events, in one order. */
export function roomStreamOf(service: string): string {
  return `ROOMS_${service}`;
}

/** Where the server tells, once, each message that it has put into that stream. */
export function roomSubjects(service: string): string {
  return `rooms.${service}.>`;
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
