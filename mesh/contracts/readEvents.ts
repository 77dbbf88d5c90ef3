import {
  type DescField,
  type DescMessage,
  type FileRegistry,
  getOption,
  hasOption,
  ScalarType,
} from '@bufbuild/protobuf';
import type { EventContract } from './EventContract.ts';

/** weft.events.v1.EventOptions as a dynamic message: the image brings its descriptor along. */
interface EventOptions {
  readonly subject: string;
  readonly key: string;
}

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
 * @throws Error that names the message: for a subject of another form, or given twice, and a key that is no field of it.
 */
export function readEvents(registry: FileRegistry): ReadonlyMap<string, EventContract> {
  const events = new Map<string, EventContract>();
  const extension = registry.getExtension('weft.events.v1.event');
  if (!extension) return events;
  const types = new Map<string, string>();
  for (const message of registry) {
    // The extension's descriptor is only known at run time, so its type cannot say what it extends.
    if (message.kind !== 'message' || !hasOption(message as never, extension as never)) continue;
    const options = getOption(message as never, extension as never) as EventOptions;
    const event = readEvent(message, options);
    const other = types.get(event.subject);
    if (other) throw new Error(`${event.type}: subject "${event.subject}" is that of ${other}`);
    types.set(event.subject, event.type);
    events.set(event.type, event);
  }
  return events;
}

function readEvent(message: DescMessage, { subject, key }: EventOptions): EventContract {
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
  return { type, subject, publisher, key: field, message };
}

function canBeKey(field: DescField): boolean {
  if (field.fieldKind === 'scalar') return !NO_KEYS.has(field.scalar);
  return field.fieldKind === 'enum';
}
