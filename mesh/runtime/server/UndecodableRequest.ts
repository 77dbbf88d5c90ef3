import { type DescField, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { status as Status } from '@grpc/grpc-js';
import { errorInfo, RuntimeReason } from '../rpc/errorInfo.ts';
import { RpcError } from '../rpc/RpcError.ts';

const HIGHEST = BigInt(Number.MAX_SAFE_INTEGER);
const RANGE = `must be between ${-HIGHEST} and ${HIGHEST}, which is what this service can hold`;
/** Fields that are named: a column of numbers may be wrong a thousand times. */
const MAX_FIELDS = 10;

/**
 * A request whose bytes have not become a message. The caller is at fault, whatever the code:
 *
 * - INTERNAL for bytes that are no message of the type, as gRPC's libraries answer to them
 *   (https://grpc.github.io/grpc/core/md_doc_statuscodes.html: "Error parsing request proto").
 * - INVALID_ARGUMENT, with the fields, for a message whose 64-bit numbers are beyond 2^53: it is right protobuf, and the
 *   limit is ours, for numbers are JavaScript's.
 */
export class UndecodableRequest extends RpcError {
  /**
   * @param cause What decoding threw.
   * @param type Of the request; undefined: its fields cannot be named.
   */
  static from(
    bytes: Uint8Array,
    type: DescMessage | undefined,
    cause: unknown,
  ): UndecodableRequest {
    const fields = type ? fieldsOutOfRange(type, bytes) : [];
    const [first] = fields;
    if (first === undefined) {
      return new UndecodableRequest(Status.INTERNAL, 'the request could not be decoded', {
        cause,
        details: [errorInfo(RuntimeReason.MALFORMED_REQUEST)],
      });
    }
    const reason = RuntimeReason.NUMBER_OUT_OF_RANGE;
    const fieldViolations = fields.map((field) => ({
      ...{ field, description: RANGE, reason, localizedMessage: undefined },
    }));
    return new UndecodableRequest(Status.INVALID_ARGUMENT, `${first}: ${RANGE}`, {
      details: [{ type: 'google.rpc.BadRequest', value: { fieldViolations } }, errorInfo(reason)],
    });
  }
}

/** Paths of the 64-bit numbers that are too large, such as "batch.age_us[3]"; none when the bytes are no message. */
function fieldsOutOfRange(type: DescMessage, bytes: Uint8Array): string[] {
  try {
    return [...pathsOutOfRange(reflect(type, fromBinary(type, bytes)), '')].slice(0, MAX_FIELDS);
  } catch {
    return [];
  }
}

function* pathsOutOfRange(message: ReflectMessage, prefix: string): Iterable<string> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    for (const [value, at] of valuesOf(message, field)) {
      const path = `${prefix}${field.name}${at}`;
      if (isReflectMessage(value)) yield* pathsOutOfRange(value, `${path}.`);
      else if (typeof value === 'bigint' && (value > HIGHEST || value < -HIGHEST)) yield path;
    }
  }
}

/** The values of a field, with where in it they are: "", "[2]" or `["key"]`. */
function* valuesOf(message: ReflectMessage, field: DescField): Iterable<[unknown, string]> {
  switch (field.fieldKind) {
    case 'list': {
      let index = 0;
      for (const value of message.get(field)) yield [value, `[${index++}]`];
      break;
    }
    case 'map':
      for (const [key, value] of message.get(field)) {
        yield [key, `[${JSON.stringify(String(key))}]`];
        yield [value, `[${JSON.stringify(String(key))}]`];
      }
      break;
    default:
      yield [message.get(field), ''];
  }
}

function isReflectMessage(value: unknown): value is ReflectMessage {
  return typeof value === 'object' && value !== null && 'fields' in value && 'isSet' in value;
}
