import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Contracts } from '../contracts/index.ts';
import { MeshResources, type WatchedMeshState } from './MeshResources.ts';
import { routingEntries, sampleTables } from './testing/sampleRouting.ts';
import { identity, sampleClient } from './testing/samples.ts';
import { LIMITS } from './xds/limits.ts';
import type { ResourceType } from './xds/ResourceType.ts';

test('names that are made up take neither all of the memory nor all of the queries that Consul holds', () => {
  const watched = new Set<string>();
  const state: WatchedMeshState = {
    missing: [],
    identity,
    intentions: new Map(),
    defaults: new Map(),
    faults: new Map(),
    routing: routingEntries(),
    catalog: [],
    instances: () => undefined,
    use(service) {
      watched.add(service);
      return () => watched.delete(service);
    },
    isWatched: (service) => watched.has(service),
    get watched() {
      return watched.size;
    },
  };
  const edge = { corsOrigins: ['*'] };
  const contracts = Contracts.load();
  const tables = sampleTables(contracts, state);
  const resources = new MeshResources(state, { contracts, edge, tables });
  resources.apply({ what: 'identity' });
  const follow = (type: ResourceType, name: string, who = sampleClient) =>
    resources.subscribe(type, name, who, () => {});
  const tooMuch = { code: status.RESOURCE_EXHAUSTED };

  const first = follow('endpoints', 's0');
  for (let i = 1; i < LIMITS.watches; i++) follow('endpoints', `s${i}`);
  assert.throws(() => follow('endpoints', 'new'), tooMuch);
  assert.throws(() => follow('listener', 'new'), tooMuch);
  assert.equal(watched.size, LIMITS.watches);
  // What is asked for already, others may ask for; and who leaves makes room.
  follow('endpoints', 's1', { ...sampleClient, zone: 'east' });
  first.close();
  follow('endpoints', 'new');

  while (resources.size < LIMITS.resources) follow('routes', `r${resources.size}`);
  assert.throws(() => follow('routes', 'new'), tooMuch);
  assert.equal(resources.size, LIMITS.resources);
});
