import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';

/** A message in ts-proto's form. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a message says of a field that has no value. */
export function emptyValue(field: DescField): unknown {
  if (field.fieldKind === 'list') return [];
  if (field.fieldKind === 'map') return {};
  if (field.presence === FeatureSet_FieldPresence.EXPLICIT) return undefined;
  if (field.fieldKind === 'enum') return 0;
  switch (field.scalar) {
    case ScalarType.STRING:
      return '';
    case ScalarType.BOOL:
      return false;
    case ScalarType.BYTES:
      return Buffer.alloc(0);
    default:
      return 0;
  }
}

/** A message without values. */
export function emptyMessage(type: DescMessage): Fields {
  const fields = type.fields.filter(({ oneof }) => !oneof);
  return Object.fromEntries([
    ...fields.map((field) => [field.localName, emptyValue(field)]),
    ...type.oneofs.map(({ localName }) => [localName, undefined]),
  ]);
}

/** The value of a field; undefined for a member of a oneof that is not the chosen one. */
export function fieldValue(message: Fields, field: DescField): unknown {
  if (!field.oneof) return message[field.localName];
  const chosen = message[field.oneof.localName] as { $case: string; value: unknown } | undefined;
  return chosen?.$case === field.localName ? chosen.value : undefined;
}

/** The message with a field that has this value. */
export function withValue(message: Fields, field: DescField, value: unknown): Fields {
  if (!field.oneof) return { ...message, [field.localName]: value };
  const { localName } = field.oneof;
  if (value !== undefined) {
    return { ...message, [localName]: { $case: field.localName, value } };
  }
  const isChosen = fieldValue(message, field) !== undefined;
  return isChosen ? { ...message, [localName]: undefined } : message;
}

/** Whether a message has something in a field, as far as the wire can tell. */
export function isPopulated(message: Fields, field: DescField): boolean {
  const value = fieldValue(message, field);
  if (value === undefined || value === null) return false;
  if (field.fieldKind === 'list') return (value as readonly unknown[]).length > 0;
  if (field.fieldKind === 'map') return Object.keys(value).length > 0;
  if (field.presence === FeatureSet_FieldPresence.EXPLICIT) return true;
  if (value instanceof Uint8Array) return value.length > 0;
  return value !== '' && value !== 0 && value !== false;
}
