import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../consul/index.ts';
import { decodeResource } from '../testing/decode.ts';
import { sampleTable } from '../testing/sampleRouting.ts';
import { sampleMethod } from '../testing/samples.ts';
import { clientListener } from './clientListener.ts';

function manager(fault: Fault | undefined) {
  const table = sampleTable('a', [sampleMethod()]);
  return decodeResource(clientListener('a', table, fault)).api_listener.api_listener;
}

describe('injectFault', () => {
  test('without a fault there is no filter', () => {
    const names = manager(undefined).http_filters.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ['envoy.filters.http.router']);
  });

  test('delay and abort stand in the filter, before the router', () => {
    const [fault, router] = manager({
      delay: { percent: 12.5, duration: '1500ms' },
      abort: { percent: 0.0001, code: 'UNAVAILABLE' },
    }).http_filters;
    assert.equal(fault.name, 'envoy.filters.http.fault');
    assert.deepEqual(fault.typed_config, {
      delay: {
        fixed_delay: { seconds: 1, nanos: 500_000_000 },
        percentage: { numerator: 125_000, denominator: 'MILLION' },
      },
      abort: { grpc_status: 14, percentage: { numerator: 1, denominator: 'MILLION' } },
    });
    assert.equal(router.name, 'envoy.filters.http.router');
  });

  test('with headers, a route before each takes the fault, and all others stay without', () => {
    const headers = [
      { name: 'x-a', exact: '1' },
      { name: 'x-b', regex: 'one|two' },
    ];
    const abort = { percent: 100, code: 'ABORTED' } as const;
    const { http_filters, route_config } = manager({ abort, headers });
    assert.equal(http_filters[0].typed_config.abort, undefined);
    const [host] = route_config.virtual_hosts;
    const names = host.routes.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, [
      'default /a.v1.A/Do/fault',
      'default /a.v1.A/Do',
      'default any/fault',
      'default any',
    ]);
    const [faulty, plain] = host.routes;
    assert.deepEqual(faulty.match.headers, [
      { name: 'x-a', exact_match: '1' },
      { name: 'x-b', safe_regex_match: { regex: '(?:one|two)' } },
    ]);
    const override = faulty.typed_per_filter_config['envoy.filters.http.fault'];
    assert.equal(override.abort.grpc_status, 10);
    assert.deepEqual(faulty.route, plain.route);
    assert.equal(plain.match.headers, undefined);
    assert.equal(plain.typed_per_filter_config, undefined);
  });

  test('a change of the fault is a change that grpc-js-xds sees', () => {
    const stamp = (percent: number) =>
      manager({ abort: { percent, code: 'ABORTED' } }).stat_prefix as string;
    assert.notEqual(stamp(1), stamp(2));
    assert.notEqual(stamp(1), manager(undefined).stat_prefix);
  });
});
