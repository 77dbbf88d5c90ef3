import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeResource } from '../testing/decode.ts';
import { sampleInstance } from '../testing/samples.ts';
import type { Instance } from '../watch/Instance.ts';
import { endpoints } from './endpoints.ts';

function addresses(instances: readonly Instance[]): string[] {
  const [locality] = decodeResource(endpoints('a', instances, 'dc1')).endpoints ?? [];
  return (locality?.lb_endpoints ?? []).map(
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
    const empty = decodeResource(endpoints('a', [], 'dc1'));
    assert.deepEqual(empty, { cluster_name: 'a' });
  });

  test('stand in one locality that has a weight', () => {
    const [locality] = decodeResource(endpoints('a', [sampleInstance()], 'dc1')).endpoints;
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
    const [locality] = decodeResource(endpoints('a', instances, 'dc1')).endpoints;
    assert.deepEqual(locality.lb_endpoints[0].load_balancing_weight, { value: 5 });
  });

  test('replicas answer alike, in whatever order Consul lists', () => {
    const [one, two] = [sampleInstance({ port: 1 }), sampleInstance({ port: 2 })];
    const { version } = endpoints('a', [one, two], 'dc1');
    assert.equal(endpoints('a', [two, one], 'dc1').version, version);
    assert.notEqual(endpoints('a', [one], 'dc1').version, version);
  });
});
