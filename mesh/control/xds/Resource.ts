import { contentHash } from './contentHash.ts';
import { encode } from './encode.ts';
import { messageName, type ResourceType } from './ResourceType.ts';

/** One resource, encoded once for all clients. */
export interface Resource {
  readonly type: ResourceType;
  readonly name: string;
  /** Differs when the content does; the same in every replica. */
  readonly version: string;
  readonly bytes: Buffer;
}

/** Encodes a resource. @throws TypeError as `encode` does. */
export function makeResource(type: ResourceType, name: string, message: object): Resource {
  const bytes = encode(messageName(type), message);
  return { type, name, version: contentHash(bytes), bytes };
}

/**
 * Encodes a resource that carries the hash of its own content. grpc-js-xds compares an update with what
 * it has by the old one's keys, and takes an update that only adds something for no change: the hash is
 * put where it does compare.
 *
 * @param make Called twice; must put `hash` into fields that clients do not act upon.
 */
export function makeStampedResource(
  type: ResourceType,
  name: string,
  make: (hash: string) => object,
): Resource {
  return makeResource(type, name, make(contentHash(encode(messageName(type), make('')))));
}
