import { fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import type { Contracts } from '@weft/mesh/contracts';
import type { MessageType } from '@weft/mesh/runtime';

/**
 * A message as JSON, as the edge writes it: with the names and forms of protobuf's JSON mapping, and fields that are empty.
 *
 * @see https://protobuf.dev/programming-guides/json/
 * @throws Error for a message that the contracts do not have.
 */
export function canonicalJson<T>(
  { registry }: Contracts,
  type: MessageType<T> & { readonly $type: string },
  message: T,
): JsonValue {
  const schema = registry.getMessage(type.$type);
  if (!schema) throw new Error(`the contracts have no message ${type.$type}`);
  const decoded = fromBinary(schema, type.encode(message).finish());
  return toJson(schema, decoded, { alwaysEmitImplicit: true, registry });
}
