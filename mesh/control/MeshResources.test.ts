import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Contracts, isOpen } from '../contracts/index.ts';
import { MeshResources, type WatchedMeshState } from './MeshResources.ts';
import { type Decoded, decodeResource } from './testing/decode.ts';
import {
  type RawRouting,
  routingEntries,
  sampleDefaults,
  sampleTables,
} from './testing/sampleRouting.ts';
import { identity, sampleClient, sampleEntry, sampleInstance } from './testing/samples.ts';
import type { Instances } from './watch/Instance.ts';
import type { Resource } from './xds/Resource.ts';
import type { ResourceType } from './xds/ResourceType.ts';

type Mutable = { -readonly [key in keyof WatchedMeshState]: WatchedMeshState[key] };

const contracts = Contracts.load();
const serverName = 'weft/server/127.0.0.1:9000';

describe('MeshResources', () => {
  let state: Mutable;
  let instances: Map<string, Instances>;
  let used: Map<string, number>;
  let resources: MeshResources;
  let told: string[];

  beforeEach(() => {
    instances = new Map();
    used = new Map();
    told = [];
    state = {
      missing: [],
      identity,
      intentions: new Map(),
      defaults: new Map(),
      faults: new Map(),
      routing: routingEntries(),
      catalog: [],
      instances: (service, filter) => instances.get(filter ? `${service} ${filter}` : service),
      use(service, filter) {
        const key = filter ? `${service} ${filter}` : service;
        used.set(key, (used.get(key) ?? 0) + 1);
        return () => used.set(key, (used.get(key) ?? 0) - 1);
      },
      isWatched: () => false,
      watched: 0,
    };
    const tables = sampleTables(contracts, state);
    resources = new MeshResources(state, { contracts, edge: { corsOrigins: ['*'] }, tables });
  });

  const follow = (type: ResourceType, name: string, who = sampleClient) =>
    resources.subscribe(type, name, who, () => told.push(`${type} ${name}`));
  const complete = () => resources.apply({ what: 'identity' });
  function setPorts(service: string, ...ports: number[]): void {
    const list = ports.map((port) => sampleInstance({ id: `${port}`, port }));
    instances.set(service, { instances: list, complaints: [] });
    resources.apply({ what: 'instances', service });
  }

  test('makes nothing before the first snapshot is complete, and then all', () => {
    state.missing = ['/config/service-intentions'];
    const followed = [follow('cluster', 'a'), follow('listener', serverName)];
    complete();
    assert.deepEqual(
      followed.map(({ resource }) => resource),
      [undefined, undefined],
    );
    state.missing = [];
    complete();
    assert.deepEqual(
      followed.map(({ resource }) => resource?.name),
      ['a', serverName],
    );
    assert.deepEqual(told, ['cluster a', `listener ${serverName}`]);
  });

  test('wants the instances of a service as long as somebody follows it', () => {
    const [one, two] = [follow('endpoints', 'a'), follow('endpoints', 'a')];
    assert.equal(used.get('a'), 1);
    one.close();
    one.close();
    assert.equal(used.get('a'), 1);
    two.close();
    assert.equal(used.get('a'), 0);
    assert.equal(resources.size, 0);
  });

  test('a change of one service is told to its own followers only', () => {
    complete();
    follow('endpoints', 'a');
    follow('endpoints', 'b');
    setPorts('a', 1);
    assert.deepEqual(told, ['endpoints a']);
  });

  test('an answer that changes nothing in a resource is told to nobody', () => {
    complete();
    follow('endpoints', 'a');
    setPorts('a', 1, 2);
    setPorts('a', 2, 1);
    assert.equal(told.length, 1);
  });

  test('a resource is made once for all who follow it', () => {
    complete();
    setPorts('a', 1);
    assert.equal(follow('endpoints', 'a').resource, follow('endpoints', 'a').resource);
  });

  test('a server is told of the intentions of its own service, and of those for all', () => {
    complete();
    const web = follow('listener', serverName);
    const api = follow('listener', 'weft/server/127.0.0.1:9001', {
      ...sampleClient,
      service: 'api',
    });
    state.intentions = new Map([['api', sampleEntry({ web: 'allow' })]]);
    resources.apply({ what: 'intentions', services: ['api'] });
    assert.deepEqual(told, ['listener weft/server/127.0.0.1:9001']);
    const before = web.resource?.version;
    state.intentions = new Map([['*', sampleEntry({ cron: 'allow' })]]);
    resources.apply({ what: 'intentions', services: ['*', 'api'] });
    assert.notEqual(web.resource?.version, before);
    assert.ok(api.resource);
  });

  test('a service is known by its instances, its service-defaults or its contract', () => {
    complete();
    const routesOf = (name: string) => {
      const { resource } = follow('listener', name);
      assert.ok(resource, name);
      const { route_config } = decodeResource(resource).api_listener.api_listener;
      const routes: Decoded[] = route_config.virtual_hosts[0].routes;
      return routes.filter(({ route }) => !route.cluster.startsWith('nowhere:')).length;
    };
    assert.equal(follow('listener', 'new').resource, undefined, 'Consul has not been heard');
    setPorts('nobody');
    assert.equal(routesOf('nobody'), 0);
    setPorts('there', 1);
    assert.equal(routesOf('there'), 1);
    state.defaults = new Map([['said', sampleDefaults({ Protocol: 'grpc' })]]);
    setPorts('said');
    assert.equal(routesOf('said'), 1);
    const [contracted] = resources.wildcard('cluster');
    assert.ok(contracted);
    setPorts(contracted);
    assert.ok(routesOf(contracted) > 1);
  });

  test('a name that no service can have is answered without asking Consul', () => {
    complete();
    const { resource } = follow('listener', '../agent/self');
    assert.ok(resource);
    assert.equal(used.size, 0);
    assert.equal(follow('cluster', '../agent/self').resource, undefined);
  });

  test('what was known stays, should it not be made again', () => {
    complete();
    const cluster = follow('cluster', 'a');
    const { resource } = cluster;
    state.identity = undefined;
    resources.apply({ what: 'identity' });
    assert.equal(cluster.resource, resource);
  });

  test('an edge gets clusters with its own secrets, for the services of open methods and no others', () => {
    complete();
    const envoy = { ...sampleClient, isEnvoy: true, sdsFile: '/id/sds.json' };
    const open = contracts.methods.filter(isOpen);
    const services = [...new Set(open.flatMap(({ meshService }) => meshService ?? []))];
    assert.ok(services.length < new Set(contracts.methods.map((one) => one.meshService)).size);
    assert.deepEqual(resources.wildcard('cluster'), services.sort());
    assert.notEqual(
      follow('cluster', 'a', envoy).resource?.version,
      follow('cluster', 'a').resource?.version,
    );
    for (const service of services) setPorts(service);
    assert.equal(follow('routes', 'edge', envoy).resource?.name, 'edge');
  });

  describe('with routing entries', () => {
    const Subsets = { v1: { Filter: 'f1' }, v2: { Filter: 'f2' } };
    const resolvers = { a: { Subsets } };
    const splits = (v1: number) => ({
      a: {
        Splits: [
          { Weight: v1, ServiceSubset: 'v1' },
          { Weight: 100 - v1, ServiceSubset: 'v2' },
        ],
      },
    });
    const route = (raw: RawRouting, ...services: string[]) => {
      state.routing = routingEntries(raw);
      resources.apply({ what: 'routing', services });
    };
    const listener = () => follow('listener', 'a');
    const clustersOf = (bytes: Resource | undefined) => {
      assert.ok(bytes);
      const { route_config } = decodeResource(bytes).api_listener.api_listener;
      const { route } = route_config.virtual_hosts[0].routes.at(-1);
      const weighted: Decoded[] = route.weighted_clusters?.clusters ?? [{ name: route.cluster }];
      return weighted.map(({ name, weight }) => `${name} ${weight?.value ?? 0}`);
    };

    beforeEach(() => {
      complete();
      setPorts('a', 1);
      setPorts('a f1', 1);
    });

    test('a split is not served before all that it names has been heard of', () => {
      const followed = listener();
      assert.deepEqual(clustersOf(followed.resource), ['a 0']);
      route({ resolvers, splitters: splits(90) }, 'a');
      assert.equal(used.get('a f2'), 1);
      assert.deepEqual(clustersOf(followed.resource), ['a 0']);
      instances.set('a f2', { instances: [], complaints: [] });
      resources.apply({ what: 'instances', service: 'a' });
      assert.deepEqual(clustersOf(followed.resource), ['a/v1 9000', 'a/v2 1000']);
      followed.close();
      assert.equal(used.get('a f2'), 0);
    });

    test('an entry that is written before its other half takes nothing away', () => {
      const followed = listener();
      route({ splitters: splits(90) }, 'a');
      assert.deepEqual(clustersOf(followed.resource), ['a 0']);
      setPorts('a f2');
      route({ resolvers, splitters: splits(90) }, 'a');
      resources.apply({ what: 'instances', service: 'a' });
      const before = clustersOf(followed.resource);
      assert.deepEqual(before, ['a/v1 9000', 'a/v2 1000']);
      route({ resolvers: { a: { Subsets: { v1: Subsets.v1 } } }, splitters: splits(90) }, 'a');
      assert.deepEqual(clustersOf(followed.resource), before);
      route({}, 'a');
      assert.deepEqual(clustersOf(followed.resource), ['a 0']);
    });

    test('endpoints of a subset follow its filter, and stay when the subset is gone', () => {
      route({ resolvers }, 'a');
      const followed = follow('endpoints', 'a/v1');
      const before = followed.resource?.version;
      assert.ok(before);
      setPorts('a other', 2);
      route({ resolvers: { a: { Subsets: { v1: { Filter: 'other' } } } } }, 'a');
      assert.notEqual(followed.resource?.version, before);
      assert.deepEqual([used.get('a f1'), used.get('a other')], [0, 1]);
      const renewed = followed.resource?.version;
      route({}, 'a');
      assert.equal(followed.resource?.version, renewed);
    });

    test('a change of a service that another leads to reaches the callers of that one', () => {
      route({ resolvers: { web: { Redirect: { Service: 'a' } } } }, 'web');
      const web = follow('listener', 'web');
      assert.deepEqual(clustersOf(web.resource), ['a 0']);
      route(
        {
          resolvers: {
            web: { Redirect: { Service: 'a' } },
            a: { ...resolvers.a, DefaultSubset: 'v1' },
          },
        },
        'a',
      );
      assert.deepEqual(clustersOf(web.resource), ['a/v1 0']);
    });

    test('limits are those of the caller’s own entry, and of no other caller', () => {
      const own = follow('cluster', 'a');
      const other = follow('cluster', 'a', { ...sampleClient, service: 'cron' });
      const before = other.resource?.version;
      const Limits = { MaxConcurrentRequests: 3 };
      state.defaults = new Map([
        ['web', sampleDefaults({ UpstreamConfig: { Overrides: [{ Name: 'a', Limits }] } })],
      ]);
      resources.apply({ what: 'defaults', services: ['web'] });
      assert.ok(own.resource);
      const [threshold] = decodeResource(own.resource).circuit_breakers.thresholds;
      assert.equal(threshold.max_requests.value, 3);
      assert.equal(other.resource?.version, before);
    });

    test('callers in different zones get different endpoints', () => {
      const east = sampleInstance({ port: 1, zone: 'east' });
      const west = sampleInstance({ port: 2, zone: 'west' });
      instances.set('a', { instances: [east, west], complaints: [] });
      const [one, two] = ['east', 'west'].map((zone) =>
        follow('endpoints', 'a', { ...sampleClient, zone }),
      );
      assert.notEqual(one?.resource?.version, two?.resource?.version);
    });
  });
});
