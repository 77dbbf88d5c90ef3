import type { Metadata } from '@grpc/grpc-js';

/** The part of grpc-js-xds's routes that is used. */
export interface HashingRoute {
  readonly hashPolicies: readonly unknown[];
  getHash(metadata: Metadata, channelId: number): bigint;
}

/**
 * Draws the hash of a call whose route names nothing to hash: any will do (gRFC A42). grpc-js-xds writes a random
 * number as text for each call and hashes that.
 */
export function drawHashes(route: { readonly prototype: HashingRoute }): void {
  const { prototype } = route;
  const { getHash } = prototype;
  prototype.getHash = function (this: HashingRoute, metadata, channelId) {
    return this.hashPolicies.length > 0 ? getHash.call(this, metadata, channelId) : draw();
  };
}

/** 64 bits, of which the upper 53 are random: balancers compare hashes with places on a ring. */
function draw(): bigint {
  return BigInt(Math.floor(Math.random() * 2 ** 53)) << 11n;
}
