import { fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import type { Contracts } from '@weft/mesh/contracts';

/** What an event says, as protobuf JSON; of a type that the contracts do not have, its bytes in base64. */
export function eventJson(
  { registry }: Contracts,
  { type, payload }: { readonly type: string; readonly payload: Uint8Array },
): JsonValue {
  const message = registry.getMessage(type);
  if (!message) return Buffer.from(payload).toString('base64');
  return toJson(message, fromBinary(message, payload), { registry });
}
