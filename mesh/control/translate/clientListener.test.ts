import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MethodContract } from '../../contracts/index.ts';
import { unknownService } from '../chain/makeRouteTable.ts';
import { decodeResource } from '../testing/decode.ts';
import { sampleTable } from '../testing/sampleRouting.ts';
import { sampleMethod } from '../testing/samples.ts';
import { clientListener } from './clientListener.ts';

function routes(methods: readonly MethodContract[]) {
  const listener = decodeResource(clientListener('a', sampleTable('a', methods)));
  assert.equal(listener.name, 'a');
  const manager = listener.api_listener.api_listener;
  assert.equal(manager.common_http_protocol_options, undefined, 'would be a deadline of each call');
  const [host] = manager.route_config.virtual_hosts;
  assert.deepEqual(host.domains, ['*']);
  return host.routes;
}

describe('clientListener', () => {
  test('a service that nobody knows has a route where calls are told so', () => {
    const listener = decodeResource(clientListener('a', unknownService('a')));
    const { virtual_hosts } = listener.api_listener.api_listener.route_config;
    assert.deepEqual(
      virtual_hosts[0].routes.map(({ route }: { route: object }) => route),
      [{ cluster: 'nowhere:a' }],
    );
  });

  test('a service without contracts has one route, without timeout or retries', () => {
    assert.deepEqual(routes([]), [
      { name: 'default any', match: { prefix: '' }, route: { cluster: 'a' } },
    ]);
  });

  test('a unary method has its own timeout; only one that may be sent again is', () => {
    const read = sampleMethod({ path: '/a.v1.A/Read', idempotency: 'no_side_effects' });
    const [write, again, rest] = routes([sampleMethod({ timeoutMs: 1_500 }), read]);
    assert.deepEqual(write, {
      name: 'default /a.v1.A/Do',
      match: { path: '/a.v1.A/Do' },
      route: {
        cluster: 'a',
        max_stream_duration: { max_stream_duration: { seconds: 1, nanos: 500_000_000 } },
      },
    });
    assert.equal(again.route.retry_policy.retry_on, 'unavailable');
    assert.deepEqual(again.route.retry_policy.num_retries, { value: 2 });
    assert.equal(rest.name, 'default any');
  });

  test('a stream is neither cut nor sent again, whatever its contract says', () => {
    const contract = { timeoutMs: 5_000, idempotency: 'idempotent' } as const;
    for (const stream of [{ requestStream: true }, { responseStream: true }]) {
      const found = routes([sampleMethod({ ...contract, ...stream })]) ?? [];
      assert.equal(found.length, 2);
      for (const { route } of found) assert.deepEqual(route, { cluster: 'a' });
    }
  });

  test('carries its content where grpc-js-xds compares', () => {
    const stamp = (methods: MethodContract[]) => {
      const listener = decodeResource(clientListener('a', methods && sampleTable('a', methods)));
      const manager = listener.api_listener.api_listener;
      assert.equal(listener.stat_prefix, manager.stat_prefix);
      assert.ok(manager.route_config.name.endsWith(listener.stat_prefix));
      return listener.stat_prefix;
    };
    assert.notEqual(stamp([]), stamp([sampleMethod()]));
    assert.equal(stamp([sampleMethod()]), stamp([sampleMethod()]));
  });
});
