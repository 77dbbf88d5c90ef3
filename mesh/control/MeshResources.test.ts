import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Contracts } from '../contracts/index.ts';
import { MeshResources } from './MeshResources.ts';
import { decodeResource } from './testing/decode.ts';
import { routingEntries, sampleDefaults } from './testing/sampleRouting.ts';
import { identity, sampleEntry, sampleInstance } from './testing/samples.ts';
import type { Instances } from './watch/Instance.ts';
import type { MeshState } from './watch/MeshState.ts';
import type { ResourceType } from './xds/ResourceType.ts';
import type { XdsClient } from './xds/XdsClient.ts';

type Mutable = { -readonly [key in keyof MeshState]: MeshState[key] };

const contracts = Contracts.load();
const client: XdsClient = {
  id: 'web-1',
  service: 'web',
  role: 'service',
  userAgent: 'test',
  sdsFile: undefined,
  isEnvoy: false,
};
const serverName = 'weft/server/127.0.0.1:9000';

describe('MeshResources', () => {
  let state: Mutable & { use(service: string): () => void };
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
      instances: (service) => instances.get(service),
      use(service) {
        used.set(service, (used.get(service) ?? 0) + 1);
        return () => used.set(service, (used.get(service) ?? 0) - 1);
      },
    };
    resources = new MeshResources(state, { contracts, edge: { corsOrigins: ['*'] } });
  });

  const follow = (type: ResourceType, name: string, who = client) =>
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
    const api = follow('listener', 'weft/server/127.0.0.1:9001', { ...client, service: 'api' });
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
      const [host] = decodeResource(resource).api_listener.api_listener.route_config.virtual_hosts;
      return host.routes?.length ?? 0;
    };
    assert.equal(follow('listener', 'new').resource, undefined, 'Consul has not been heard');
    setPorts('nobody');
    assert.equal(routesOf('nobody'), 0);
    setPorts('there', 1);
    assert.equal(routesOf('there'), 1);
    state.defaults = new Map([['said', sampleDefaults({ Protocol: 'grpc' })]]);
    assert.equal(routesOf('said'), 1);
    const [contracted] = resources.wildcard('cluster');
    assert.ok(contracted && routesOf(contracted) > 1);
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

  test('an Envoy gets clusters with its own secrets, for all services of the contracts', () => {
    complete();
    const envoy = { ...client, isEnvoy: true, sdsFile: '/id/sds.json' };
    const services = [
      ...new Set(contracts.methods.flatMap(({ meshService }) => meshService ?? [])),
    ];
    assert.deepEqual(resources.wildcard('cluster'), services.sort());
    assert.notEqual(
      follow('cluster', 'a', envoy).resource?.version,
      follow('cluster', 'a').resource?.version,
    );
    assert.equal(follow('routes', 'edge', envoy).resource?.name, 'edge');
  });
});
