import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/** The same message as ts-proto would decode it: plain objects, `$case` for oneofs, numbers for 64 bits. */
export function tsProtoForm(type: DescMessage, message: Message): Record<string, unknown> {
  return form(reflect(type, message));
}

function form(message: ReflectMessage): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const oneof of message.desc.oneofs) {
    const chosen = message.oneofCase(oneof);
    result[oneof.localName] = chosen && {
      $case: chosen.localName,
      value: fieldForm(chosen, message.get(chosen)),
    };
  }
  for (const field of message.desc.fields) {
    if (field.oneof) continue;
    const unset = field.presence === 1 && field.fieldKind !== 'list' && field.fieldKind !== 'map';
    result[field.localName] =
      unset && !message.isSet(field) ? undefined : fieldForm(field, message.get(field));
  }
  return result;
}

function fieldForm(field: DescField, value: unknown): unknown {
  switch (field.fieldKind) {
    case 'list':
      return [...(value as Iterable<unknown>)].map((item) => valueForm(item));
    case 'map':
      return Object.fromEntries(
        [...(value as Iterable<[unknown, unknown]>)].map(([key, item]) => [key, valueForm(item)]),
      );
    case 'scalar':
      return field.scalar === ScalarType.BYTES ? value : valueForm(value);
    default:
      return valueForm(value);
  }
}

function valueForm(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return form(value as ReflectMessage);
}
