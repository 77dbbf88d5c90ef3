import {
  type DescField,
  type DescMessage,
  type FileRegistry,
  ScalarType,
} from '@bufbuild/protobuf';
import type { EventContract, StreamContract } from './EventContract.ts';
import { readOption } from './readOption.ts';

/** weft.events.v1.EventOptions as a dynamic message: the image brings its descriptor along. */
interface EventOptions {
  readonly subject: string;
  readonly key: string;
  readonly stream?: {
    readonly maxAge?: { readonly seconds: bigint };
    readonly maxBytes: bigint;
    readonly partitions: number;
  };
}

const DEFAULT_PARTITIONS = 4;
const MOST_PARTITIONS = 64;

const SUBJECT = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.[a-z0-9][a-z0-9_-]*$/;

const NO_KEYS: ReadonlySet<ScalarType> = new Set([
  ScalarType.BYTES,
  ScalarType.DOUBLE,
  ScalarType.FLOAT,
  ScalarType.BOOL,
]);

/**
 * The events of all contracts, by the full names of their messages.
 *
 * @throws Error that names the message: for a subject of another form, or given twice, a key that is no field of it, and a
 *   stream that is none, or another one than that of the publisher's other events.
 */
export function readEvents(registry: FileRegistry): ReadonlyMap<string, EventContract> {
  const events = new Map<string, EventContract>();
  const types = new Map<string, string>();
  for (const message of registry) {
    if (message.kind !== 'message') continue;
    const options = readOption<EventOptions>(message, registry, 'weft.events.v1.event');
    if (!options) continue;
    const event = readEvent(message, options);
    const other = types.get(event.subject);
    if (other) throw new Error(`${event.type}: subject "${event.subject}" is that of ${other}`);
    types.set(event.subject, event.type);
    events.set(event.type, event);
  }
  assertOneStream([...events.values()]);
  return events;
}

/** An outbox and who writes past it would be in each other's way. */
function assertOneStream(events: readonly EventContract[]): void {
  for (const [publisher, its] of Map.groupBy(events, (event) => event.publisher)) {
    const other = its.find(
      ({ stream }) =>
        stream?.maxAgeMs !== its[0]?.stream?.maxAgeMs ||
        stream?.maxBytes !== its[0]?.stream?.maxBytes ||
        stream?.partitions !== its[0]?.stream?.partitions,
    );
    if (!other) continue;
    throw new Error(
      `${other.type}: stream is another one than that of ${publisher}'s other events`,
    );
  }
}

function readEvent(message: DescMessage, { subject, key, stream }: EventOptions): EventContract {
  const type = message.typeName;
  const [, publisher] = SUBJECT.exec(subject) ?? [];
  if (publisher === undefined) {
    throw new Error(
      `${type}: subject "${subject}" is none: it is the service's name, a dot and a word`,
    );
  }
  const field = message.fields.find(({ name }) => name === key);
  if (!field || !canBeKey(field)) {
    throw new Error(`${type}: key "${key}" is no field that holds a string, an integer or an enum`);
  }
  return { type, subject, publisher, key: field, message, stream: readStream(type, stream) };
}

function readStream(type: string, stream: EventOptions['stream']): StreamContract | undefined {
  if (!stream) return undefined;
  const maxAgeMs = Number(stream.maxAge?.seconds ?? 0n) * 1_000;
  const maxBytes = Number(stream.maxBytes);
  const partitions = stream.partitions || DEFAULT_PARTITIONS;
  if (partitions > MOST_PARTITIONS) {
    throw new Error(`${type}: stream has ${partitions} partitions, and ${MOST_PARTITIONS} at most`);
  }
  if (maxAgeMs > 0 && maxBytes > 0) return { maxAgeMs, maxBytes, partitions };
  throw new Error(`${type}: stream has no max_age of a second or more, or no max_bytes`);
}

function canBeKey(field: DescField): boolean {
  if (field.fieldKind === 'scalar') return !NO_KEYS.has(field.scalar);
  return field.fieldKind === 'enum';
}
