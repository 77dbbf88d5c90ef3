import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { errorInfo, RpcError, RuntimeReason, Status } from '@weft/mesh/runtime';
import { fieldNameOf } from './fieldName.ts';
import { wellKnownScalar } from './scalars.ts';

type Given = Readonly<Record<string, unknown>>;

/**
 * The request that arguments of a field ask for. What is left out, or null, has the default of its type.
 *
 * @throws RpcError INVALID_ARGUMENT for what the contract's types do not take, such as two members of a oneof.
 */
export function requestOf(message: DescMessage, given: Given, registry: Registry): Message {
  try {
    return fromJson(message, objectOf(message, given), { registry });
  } catch (cause) {
    throw new RpcError(Status.INVALID_ARGUMENT, String((cause as Error).message), {
      cause,
      details: [errorInfo(RuntimeReason.MALFORMED_REQUEST)],
    });
  }
}

function objectOf({ fields }: DescMessage, given: Given): JsonObject {
  const object: JsonObject = {};
  for (const field of fields) {
    const value = given[fieldNameOf(field)];
    if (value === undefined || value === null) continue;
    object[field.jsonName] = jsonOf(field, value);
  }
  return object;
}

function jsonOf(field: DescField, value: unknown): JsonValue {
  const { message } = field;
  const isObject = message && !isWrapperDesc(message) && !wellKnownScalar(message);
  const convert = (one: unknown) =>
    isObject ? objectOf(message, one as Given) : (one as JsonValue);
  if (field.fieldKind === 'list') return (value as readonly unknown[]).map(convert);
  if (field.fieldKind !== 'map') return convert(value);
  const entries = value as readonly { readonly key: unknown; readonly value: unknown }[];
  const map = new Map(entries.map((entry) => [String(entry.key), convert(entry.value)]));
  if (map.size < entries.length) throw new Error(`${field.name}: a key is given twice`);
  return Object.fromEntries(map);
}
