import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import type { Contracts, EventContract } from '@weft/mesh/contracts';
import type { EventType } from '../../../kit/events/EventType.ts';

/** An event by its contract alone, as JSON with all of its fields: `{ "userId": "..." }`. */
export function anyEvent(
  { message }: EventContract,
  { registry }: Contracts,
): EventType<JsonObject> {
  return {
    $type: message.typeName,
    decode: (bytes) =>
      toJson(message, fromBinary(message, bytes), {
        ...{ alwaysEmitImplicit: true, registry },
      }) as JsonObject,
    encode: (json) => ({
      finish: () => toBinary(message, fromJson(message, json, { registry })),
    }),
  };
}
