import type protobuf from 'protobufjs';
import { protoRoot } from './protoRoot.ts';

/** A message inside another that does not know its type. */
export interface PackedAny {
  readonly type_url: string;
  readonly value: Buffer;
}

/**
 * Encodes a message given in the field names of its .proto.
 *
 * @throws TypeError naming a field or an enum value that the bundled .proto does not have: protobufjs
 *   would leave it out without a word.
 */
export function encode(typeName: string, value: object): Buffer {
  const type = protoRoot.lookupType(typeName);
  refuseUnknown(type, value, typeName);
  return Buffer.from(type.encode(type.fromObject(value as Record<string, unknown>)).finish());
}

/** Encodes a message and wraps it in a google.protobuf.Any. */
export function pack(typeName: string, value: object): PackedAny {
  return { type_url: `type.googleapis.com/${typeName}`, value: encode(typeName, value) };
}

function refuseUnknown(type: protobuf.Type, value: object, at: string): void {
  for (const [key, content] of Object.entries(value)) {
    const field = type.fields[key];
    if (!field) throw new TypeError(`${at}: ${type.fullName.slice(1)} has no field ${key}`);
    if (content === null || content === undefined) continue;
    const children: [string, unknown][] =
      field.map || field.repeated ? Object.entries(content as object) : [['', content]];
    for (const [index, child] of children) {
      refuseUnknownIn(field.resolvedType, child, `${at}.${key}${index && `[${index}]`}`);
    }
  }
}

function refuseUnknownIn(
  type: protobuf.Type | protobuf.Enum | null,
  value: unknown,
  at: string,
): void {
  if (type === null) return;
  if ('values' in type) {
    if (typeof value === 'string' && !(value in type.values)) {
      throw new TypeError(`${at}: ${type.fullName.slice(1)} has no value ${value}`);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${at}: not a ${type.fullName.slice(1)}`);
  }
  refuseUnknown(type, value, at);
}
