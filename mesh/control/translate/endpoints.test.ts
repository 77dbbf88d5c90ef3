import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Decoded, decodeResource } from '../testing/decode.ts';
import { sampleInstance } from '../testing/samples.ts';
import type { Instance } from '../watch/Instance.ts';
import { type EndpointsParts, endpoints } from './endpoints.ts';

function made(instances: readonly Instance[], more: Partial<EndpointsParts> = {}) {
  const target = { service: 'a', subset: undefined };
  return endpoints({ target, instances, datacenter: 'dc1', ...more });
}

function addresses(instances: readonly Instance[]): string[] {
  const localities: Decoded[] = decodeResource(made(instances)).endpoints ?? [];
  return localities
    .flatMap(({ lb_endpoints }) => lb_endpoints)
    .map(
      (one: {
        endpoint: { address: { socket_address: { address: string; port_value: number } } };
      }) => {
        const { address, port_value } = one.endpoint.address.socket_address;
        return `${address}:${port_value}`;
      },
    );
}

describe('endpoints', () => {
  test('a service without instances has an answer, and no locality', () => {
    const empty = decodeResource(made([]));
    assert.deepEqual(empty, { cluster_name: 'a' });
  });

  test('stand in one locality that has a weight', () => {
    const [locality] = decodeResource(made([sampleInstance()])).endpoints;
    assert.deepEqual(locality.locality, { region: 'dc1' });
    assert.deepEqual(locality.load_balancing_weight, { value: 1 });
  });

  test('critical instances, and those that Consul gives no weight, are left out', () => {
    const instances = [
      sampleInstance({ id: 'a', port: 1 }),
      sampleInstance({ id: 'b', port: 2, health: 'critical', weight: 0 }),
      sampleInstance({ id: 'c', port: 3, health: 'warning', weight: 0 }),
      sampleInstance({ id: 'd', port: 4, health: 'warning', weight: 2 }),
    ];
    assert.deepEqual(addresses(instances), ['10.0.0.1:1', '10.0.0.1:4']);
  });

  test('an address that is registered twice occurs once', () => {
    const instances = [
      sampleInstance({ id: 'new', weight: 5 }),
      sampleInstance({ id: 'old', weight: 1 }),
    ];
    assert.deepEqual(addresses(instances), ['10.0.0.1:9000']);
    const [locality] = decodeResource(made(instances)).endpoints;
    assert.deepEqual(locality.lb_endpoints[0].load_balancing_weight, { value: 5 });
  });

  test('replicas answer alike, in whatever order Consul lists', () => {
    const [one, two] = [sampleInstance({ port: 1 }), sampleInstance({ port: 2 })];
    const { version } = made([one, two]);
    assert.equal(made([two, one]).version, version);
    assert.notEqual(made([one]).version, version);
  });

  const shape = (instances: readonly Instance[], more: Partial<EndpointsParts>) =>
    decodeResource(made(instances, more)).endpoints.map((one: Decoded) => [
      one.priority ?? 0,
      one.locality.zone ?? '',
      one.locality.sub_zone ?? '',
      one.load_balancing_weight.value,
      one.lb_endpoints.length,
    ]);
  const zoned = [
    sampleInstance({ port: 1, zone: 'east' }),
    sampleInstance({ port: 2, zone: 'west' }),
    sampleInstance({ port: 3, zone: 'west' }),
    sampleInstance({ port: 4 }),
  ];

  test('the caller’s own zone comes first, the others when it is empty', () => {
    assert.deepEqual(shape(zoned, { zone: 'west' }), [
      [1, '', '', 1, 1],
      [1, 'east', '', 1, 1],
      [0, 'west', '', 2, 2],
    ]);
    for (const zone of [undefined, 'north']) {
      const priorities = shape(zoned, { zone }).map(([priority]: number[]) => priority);
      assert.deepEqual(priorities, [0, 0, 0], 'a gap below would be refused');
    }
  });

  test('weights hold where gRPC looks: on localities, and in a ring on endpoints', () => {
    const weighted = [
      sampleInstance({ port: 1, weight: 1 }),
      sampleInstance({ port: 2, weight: 10 }),
      sampleInstance({ port: 3, weight: 10 }),
    ];
    assert.deepEqual(shape(weighted, {}), [
      [0, '', 'weight-1', 1, 1],
      [0, '', 'weight-10', 20, 2],
    ]);
    assert.deepEqual(shape(weighted, { policy: 'ring_hash' }), [[0, '', '', 1, 3]]);
  });

  test('a subset of passing instances only has none with a warning', () => {
    const warned = sampleInstance({ health: 'warning' });
    assert.deepEqual(decodeResource(made([warned], { onlyPassing: true })), { cluster_name: 'a' });
  });
});
