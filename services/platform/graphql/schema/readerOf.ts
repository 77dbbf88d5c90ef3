import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type JsonValue,
  type Message,
  type Registry,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { wellKnownScalar } from './scalars.ts';

/** A decoded message, field by field. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a field of an answer holds: a scalar as JSON has it, a message as it was decoded; undefined: nothing. */
export type Reader = (message: Fields) => unknown;

/** Reads a field of messages. A field without presence has the default of its type, and is never absent. */
export function readerOf(field: DescField, registry: Registry): Reader {
  const held = heldBy(field);
  const convert = converterOf(field, registry);
  if (field.fieldKind === 'list') {
    return (message) => (held(message) as readonly unknown[]).map(convert);
  }
  if (field.fieldKind === 'map') {
    const keyOf = keyReader(field.mapKey);
    return (message) =>
      Object.entries(held(message) as Fields).map(([key, value]) => ({
        key: keyOf(key),
        value: convert(value),
      }));
  }
  return (message) => {
    const value = held(message);
    return value === undefined ? undefined : convert(value);
  };
}

/** Whether a field may be absent from an answer. An enum may hold what is not known here, and a number may be none. */
export function isNullable(field: DescField): boolean {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return false;
  if (field.fieldKind === 'message' || field.fieldKind === 'enum' || field.oneof) return true;
  return field.presence === FeatureSet_FieldPresence.EXPLICIT || isFloat(field.scalar);
}

export function isFloat(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT;
}

function heldBy({ oneof, localName }: DescField): Reader {
  if (!oneof) return (message) => message[localName];
  return (message) => {
    const choice = message[oneof.localName] as { readonly case?: string; readonly value?: unknown };
    return choice.case === localName ? choice.value : undefined;
  };
}

/** Of one value, as it stands in a list too. */
function converterOf(field: DescField, registry: Registry): (value: unknown) => unknown {
  const { message, enum: values, scalar } = field;
  if (message) {
    // The decoder has taken out of these what is in them.
    if (message.typeName === 'google.protobuf.Struct') return (value) => value;
    if (isWrapperDesc(message)) return wrapperReader(scalarReader(wrappedScalar(message)));
    if (!wellKnownScalar(message)) return (value) => value;
    return (value): JsonValue => toJson(message, value as Message, { registry });
  }
  return values ? enumReader(values) : scalarReader(scalar as ScalarType);
}

/** A message of google/protobuf/wrappers.proto is there for its scalar alone. */
export function wrappedScalar({ fields }: DescMessage): ScalarType {
  return fields[0]?.scalar as ScalarType;
}

/** The decoder takes the scalar out, but for those in lists, maps and oneofs. */
function wrapperReader(read: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) =>
    read(typeof value === 'object' && value && '$typeName' in value ? Object(value).value : value);
}

/** A number that the contracts of this process do not know is no value. */
function enumReader({ values }: DescEnum): (value: unknown) => unknown {
  const names = new Map(values.toReversed().map(({ number, name }) => [number, name]));
  return (value) => names.get(value as number) ?? null;
}

function scalarReader(scalar: ScalarType): (value: unknown) => unknown {
  switch (scalar) {
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return (value) => String(value);
    case ScalarType.BYTES:
      return (value) => Buffer.from(value as Uint8Array).toString('base64');
    // JSON has neither NaN nor infinity.
    case ScalarType.DOUBLE:
      return (value) => (Number.isFinite(value) ? value : null);
    case ScalarType.FLOAT:
      return (value) => (Number.isFinite(value) ? shortFloat(value as number) : null);
    default:
      return (value) => value;
  }
}

/** With the digits that tell a float of 32 bits from others: 0.1, and not 0.10000000149011612. */
function shortFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Keys of decoded maps are texts. */
function keyReader(key: ScalarType): (text: string) => unknown {
  if (key === ScalarType.BOOL) return (text) => text === 'true';
  const isSmall = [
    ...[ScalarType.INT32, ScalarType.SINT32, ScalarType.SFIXED32],
    ...[ScalarType.UINT32, ScalarType.FIXED32],
  ].includes(key);
  return isSmall ? Number : (text) => text;
}
