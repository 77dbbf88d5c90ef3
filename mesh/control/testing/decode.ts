import { protoRoot } from '../xds/protoRoot.ts';
import type { Resource } from '../xds/Resource.ts';
import { messageName } from '../xds/ResourceType.ts';

/** A decoded message: what stands in it is for the test to know. */
// biome-ignore lint/suspicious/noExplicitAny: tests read single fields of deeply nested messages
export type Decoded = any;

/** Decodes a resource, and all messages packed inside of it. */
export function decodeResource(resource: Resource): Decoded {
  return decode(messageName(resource.type), resource.bytes);
}

function decode(typeName: string, bytes: Uint8Array): Decoded {
  const type = protoRoot.lookupType(typeName);
  return unpack(type.toObject(type.decode(bytes), { enums: String, longs: Number }));
}

function unpack(value: unknown): Decoded {
  if (Array.isArray(value)) return value.map(unpack);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const { type_url, value: bytes } = value as { type_url?: string; value?: Uint8Array };
  if (
    type_url?.startsWith('type.googleapis.com/') &&
    (bytes === undefined || bytes instanceof Uint8Array)
  ) {
    return decode(type_url.slice('type.googleapis.com/'.length), bytes ?? new Uint8Array());
  }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unpack(child)]));
}
