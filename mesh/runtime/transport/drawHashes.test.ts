import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import {
  SingleClusterRouteAction,
  WeightedClusterRouteAction,
} from '@grpc/grpc-js-xds/build/src/route-action.js';
import { loadXxhashApi } from '@grpc/grpc-js-xds/build/src/xxhash.js';
import { drawHashes, type HashingRoute } from './drawHashes.ts';

const config = { name: [] };
const byHeader = [{ type: 'HEADER' as const, terminal: false, headerName: 'x-symbol' }];
const symbol = (name: string) => {
  const metadata = new Metadata();
  metadata.set('x-symbol', name);
  return metadata;
};

test('calls of a route by header keep their place on the ring, and others spread over it', async () => {
  await loadXxhashApi();
  const sharded = new SingleClusterRouteAction('analytics', config, [], byHeader);
  const asGrpcSays = sharded.getHash(symbol('SP500'), 1);
  for (const Route of [SingleClusterRouteAction, WeightedClusterRouteAction]) {
    drawHashes(Route as unknown as { prototype: HashingRoute });
  }
  assert.equal(sharded.getHash(symbol('SP500'), 1), asGrpcSays);
  assert.notEqual(sharded.getHash(symbol('DEMO'), 1), asGrpcSays);

  const single = new SingleClusterRouteAction('analytics', config, [], []);
  const weighted = new WeightedClusterRouteAction([], 0, config, []);
  for (const route of [single, weighted]) {
    const hashes = Array.from({ length: 64 }, () => route.getHash(new Metadata(), 1));
    assert.equal(new Set(hashes).size, hashes.length);
    assert.ok(hashes.every((hash) => hash >= 0n && hash < 2n ** 64n));
    assert.ok(hashes.some((hash) => hash >= 2n ** 63n) && hashes.some((hash) => hash < 2n ** 63n));
  }
});
