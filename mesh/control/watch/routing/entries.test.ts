import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { routingEntries, sampleDefaults } from '../../testing/sampleRouting.ts';
import { goDuration } from './goDuration.ts';

const resolver = (body: object) =>
  routingEntries({ resolvers: { a: body } }).resolvers.get('a')?.value;
const router = (Destination: object, HTTP: object = { PathPrefix: '/' }) =>
  routingEntries({ routers: { a: { Routes: [{ Match: { HTTP }, Destination }] } } }).routers.get(
    'a',
  )?.value;

describe('config entries', () => {
  test('durations are read as Go and Consul write them', () => {
    for (const [said, milliseconds] of [
      ['1.5s', 1_500],
      ['1h2m3s', 3_723_000],
      ['250ms', 250],
      [2_000_000_000, 2_000],
      ['0s', undefined],
      [undefined, undefined],
    ] as const) {
      assert.equal(goDuration.parse(said), milliseconds, String(said));
    }
    for (const said of ['soon', '5', '-1s', '1s!', -5, true, '99999999h']) {
      assert.ok(!goDuration.safeParse(said).success, String(said));
    }
  });

  test('retries: gRPC statuses and their number hold, all else is refused by name', () => {
    const value = router({
      NumRetries: 9,
      RetryOn: ['unavailable', '5xx'],
      RetryOnConnectFailure: true,
      RetryOnStatusCodes: [503],
      IdleTimeout: '3s',
      RequestHeaders: { Add: { a: 'b' } },
    });
    assert.deepEqual(value?.routes[0]?.retries, { attempts: 4, on: ['unavailable'] });
    for (const field of [
      'RetryOn 5xx',
      'RetryOnConnectFailure',
      'RetryOnStatusCodes',
      'IdleTimeout',
      'RequestHeaders',
      'not 9',
    ]) {
      assert.ok(
        value?.refusals.some((one) => one.includes(field)),
        field,
      );
    }
    assert.equal(router({ RetryOn: ['5xx'] })?.routes[0]?.retries, undefined);
    assert.deepEqual(router({ NumRetries: 3 })?.routes[0]?.retries?.on, ['unavailable']);
  });

  test('a list of HTTP methods with POST is no condition: all calls of gRPC are POST', () => {
    assert.equal(router({}, { Methods: ['GET', 'POST'] })?.routes.length, 1);
    assert.equal(router({}, { Methods: ['GET'] })?.routes.length, 0);
  });

  test('a balancing that gRPC does not have becomes the nearest, by name', () => {
    for (const [Policy, policy] of [
      ['least_request', 'round_robin'],
      ['random', 'round_robin'],
      ['maglev', 'ring_hash'],
    ]) {
      const HashPolicies = [{ Field: 'header', FieldValue: 'X-Symbol' }];
      const value = resolver({ LoadBalancer: { Policy, HashPolicies } });
      assert.equal(value?.loadBalancing.policy, policy);
      assert.deepEqual(value?.refusals, [`LoadBalancer: gRPC has no ${Policy}: ${policy} is used`]);
    }
  });

  test('a ring hashes by headers only, and has a size that clients accept', () => {
    const value = resolver({
      LoadBalancer: {
        Policy: 'ring_hash',
        RingHashConfig: { MinimumRingSize: 64, MaximumRingSize: 99_999_999 },
        HashPolicies: [
          { Field: 'header', FieldValue: 'X-Symbol', Terminal: true },
          { Field: 'cookie', FieldValue: 'c' },
          { SourceIP: true },
        ],
      },
    });
    assert.deepEqual(value?.loadBalancing.hashHeaders, [{ name: 'x-symbol', isTerminal: true }]);
    assert.deepEqual(value?.loadBalancing.ringSize, { minimum: 64, maximum: 8_388_608 });
    assert.deepEqual(value?.refusals, [
      'LoadBalancer: gRPC hashes by headers, not by cookie',
      'LoadBalancer: gRPC hashes by headers, not by SourceIP',
    ]);
  });

  test('a place outside of the mesh is left out of a failover, by name', () => {
    const value = resolver({
      Failover: { '*': { Targets: [{ Datacenter: 'dc2' }, { Service: 'b' }, { Peer: 'east' }] } },
      Redirect: { Datacenter: 'dc2' },
      PrioritizeByLocality: { Mode: 'failover' },
    });
    assert.deepEqual(value?.failover.get('*'), [{ service: 'b', subset: undefined }]);
    assert.equal(value?.redirect, undefined);
    for (const what of ['target 1', 'target 3', 'Redirect', 'PrioritizeByLocality']) {
      assert.ok(
        value?.refusals.some((one) => one.includes(what)),
        what,
      );
    }
  });

  test('limits and health checks of upstreams are read; what needs a proxy is refused by name', () => {
    const { value } = sampleDefaults({
      MaxInboundConnections: 5,
      UpstreamConfig: {
        Defaults: {
          ConnectTimeoutMs: 300,
          Limits: { MaxConnections: 2, MaxConcurrentRequests: 7 },
        },
        Overrides: [
          { Name: 'db', PassiveHealthCheck: { Interval: 2e9, MaxFailures: 3 } },
          { Name: 'far', Peer: 'east' },
        ],
      },
    });
    assert.equal(value?.upstreams.defaults.maxConcurrentRequests, 7);
    const check = value?.upstreams.overrides.get('db')?.passiveHealthCheck;
    assert.deepEqual([check?.intervalMs, check?.maxFailures], [2_000, 3]);
    assert.equal(value?.upstreams.overrides.has('far'), false);
    for (const what of ['MaxInboundConnections', 'ConnectTimeoutMs', 'MaxConnections', 'far']) {
      assert.ok(
        value?.refusals.some((one) => one.includes(what)),
        what,
      );
    }
  });

  test('a share of another namespace is left out, and headers of a share are refused, by name', () => {
    const { splitters } = routingEntries({
      splitters: {
        a: {
          Splits: [
            { Weight: 50, Namespace: 'other' },
            { Weight: 50, Partition: 'default', RequestHeaders: { Add: { a: 'b' } } },
          ],
        },
      },
    });
    const value = splitters.get('a')?.value;
    assert.equal(value?.splits.length, 1);
    assert.match(value?.refusals.join() ?? '', /split 1 is left out.*split 2: RequestHeaders/);
  });

  test('protocol is read from proxy-defaults; what needs a proxy there is refused by name', () => {
    const { proxyDefaults } = routingEntries({
      proxyDefaults: { Config: { protocol: 'grpc', envoy_tracing_json: '{}' }, Mode: 'direct' },
    });
    const value = proxyDefaults.get('global')?.value;
    assert.equal(value?.protocol, 'grpc');
    assert.match(value?.refusals.join() ?? '', /Mode has no effect.*Config.envoy_tracing_json/);
  });
});
