import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeRouteTable } from '../chain/makeRouteTable.ts';
import { parseTargets } from '../chain/Target.ts';
import { decodeResource } from '../testing/decode.ts';
import { loadXdsModule, refusalByGrpcJs } from '../testing/refusalByGrpcJs.ts';
import { routingEntries, sampleDefaults } from '../testing/sampleRouting.ts';
import { identity, sampleMethod } from '../testing/samples.ts';
import { clientListener } from './clientListener.ts';
import { cluster } from './cluster.ts';
import { edgeRoutes } from './edgeRoutes.ts';
import { failoverCluster } from './failoverCluster.ts';

const { getPredicateForMatcher } = loadXdsModule('route');
const { decodeSingleResource, LDS_TYPE_URL } = loadXdsModule('resources');

const methods = [
  sampleMethod({ path: '/a.v1.A/Do', access: 'public' }),
  sampleMethod({ path: '/a.v1.A/Read', idempotency: 'idempotent', access: 'public' }),
  sampleMethod({ path: '/a.v1.A/Watch', responseStream: true, access: 'public' }),
];
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('a', 'b', 'v1', 'v2', '/a.v1.A/', '/a.v1.A/Do', '.*', 'a|b', '(', '\\Q', 'X-Y'),
);
const time = fc.oneof(fc.constantFrom('1s', '1.5h', '-1s', 'soon', 0, 5e9), fc.jsonValue());
const maybe = <T>(one: fc.Arbitrary<T>) => fc.oneof(one, fc.constant(undefined), fc.jsonValue());
const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(fields, { requiredKeys: [] });
const flag = maybe(fc.boolean());
const place = { Service: text, ServiceSubset: text };
const header = record({
  Name: text,
  Exact: text,
  Prefix: text,
  Suffix: text,
  Regex: text,
  Present: flag,
  Invert: flag,
});
const routes = fc.array(
  record({
    Match: record({
      HTTP: record({
        PathExact: text,
        PathPrefix: text,
        PathRegex: text,
        CaseInsensitive: flag,
        Header: fc.array(header, { maxLength: 2 }),
        Methods: maybe(fc.array(text)),
        QueryParam: maybe(fc.array(header)),
      }),
    }),
    Destination: record({
      ...place,
      RequestTimeout: time,
      IdleTimeout: time,
      NumRetries: maybe(fc.integer({ min: 0, max: 9 })),
      RetryOn: maybe(fc.array(fc.constantFrom('unavailable', 'internal', '5xx'))),
      PrefixRewrite: maybe(fc.constant('')),
    }),
  }),
  { maxLength: 3 },
);
const splits = fc.array(
  record({ ...place, Weight: fc.double({ min: 0, max: 100, noNaN: true }) }),
  {
    maxLength: 4,
  },
);
const resolver = record({
  DefaultSubset: text,
  Subsets: fc.dictionary(text, record({ Filter: text, OnlyPassing: flag })),
  Redirect: maybe(record(place)),
  Failover: fc.dictionary(text, record({ ...place, Targets: maybe(fc.array(record(place))) })),
  ConnectTimeout: time,
  RequestTimeout: time,
  LoadBalancer: maybe(
    record({
      Policy: maybe(fc.constantFrom('ring_hash', 'maglev', 'random', 'least_request')),
      RingHashConfig: record({ MinimumRingSize: fc.nat(), MaximumRingSize: fc.nat() }),
      HashPolicies: fc.array(
        record({ Field: fc.constantFrom('header', 'cookie'), FieldValue: text }),
      ),
    }),
  ),
});
const upstream = record({
  Limits: record({ MaxConcurrentRequests: maybe(fc.integer()), MaxConnections: fc.nat() }),
  PassiveHealthCheck: record({
    Interval: time,
    BaseEjectionTime: time,
    MaxFailures: fc.nat(),
    EnforcingConsecutive5xx: fc.integer({ min: 0, max: 120 }),
    MaxEjectionPercent: fc.integer({ min: 0, max: 120 }),
  }),
});
const named = (one: fc.Arbitrary<object>) => fc.dictionary(fc.constantFrom('a', 'b', 'c'), one);
const raw = fc.record({
  routers: named(record({ Routes: routes })),
  splitters: named(record({ Splits: splits })),
  resolvers: named(resolver),
});

describe('whatever the entries say', () => {
  test('gRPC takes the resources that are made of them, and no stream is cut', () => {
    let routed = 0;
    fc.assert(
      fc.property(raw, upstream, (entries, Defaults) => {
        const { table, targets } = makeRouteTable('a', methods, routingEntries(entries));
        const upstreams = sampleDefaults({ UpstreamConfig: { Defaults } }).value?.upstreams;
        for (const { destinations } of table.routes) {
          const sum = destinations.reduce((total, { weight }) => total + weight, 0);
          assert.ok(sum === 10_000 || destinations.length === 0, `${sum}`);
          for (const { target } of destinations) assert.ok(parseTargets(target), target);
        }
        const listener = clientListener('a', table);
        assert.equal(refusalByGrpcJs(listener), undefined);
        decodeSingleResource(LDS_TYPE_URL, listener.bytes);
        const manager = decodeResource(listener).api_listener.api_listener;
        for (const route of manager.route_config.virtual_hosts[0].routes ?? []) {
          routed += 1;
          if (route.match.path === '/a.v1.A/Watch')
            assert.equal(route.route.max_stream_duration, undefined);
        }
        assert.ok(
          edgeRoutes(methods, () => ({ table, fault: undefined }), { corsOrigins: ['*'] }).bytes
            .length > 0,
        );
        for (const { target, loadBalancing, connectTimeoutMs, failover } of targets) {
          const made = cluster({
            target,
            identity,
            tls: { kind: 'provider' },
            loadBalancing,
            upstream: upstreams?.defaults ?? {},
            connectTimeoutMs,
            refused: [],
          });
          assert.equal(refusalByGrpcJs(made), undefined);
          if (failover.length === 0) continue;
          const group = failoverCluster([target, ...failover], loadBalancing.policy, false);
          assert.equal(refusalByGrpcJs(group), undefined);
          assert.deepEqual(parseTargets(group.name), [target, ...failover]);
        }
      }),
      { numRuns: 200 },
    );
    assert.ok(routed > 400, `only ${routed} routes were looked at`);
  });

  test('grpc-js makes a matcher of each route: an expression that it cannot read would crash it', () => {
    fc.assert(
      fc.property(raw, (entries) => {
        const { table } = makeRouteTable('a', methods, routingEntries(entries));
        const bytes = clientListener('a', table).bytes;
        const listener = decodeSingleResource(LDS_TYPE_URL, bytes);
        const { value } = listener.api_listener.api_listener;
        const { HTTP_CONNECTION_MANGER_TYPE_URL: url } = loadXdsModule('resources');
        const manager = decodeSingleResource(url, value);
        for (const { match } of manager.route_config.virtual_hosts[0].routes) {
          getPredicateForMatcher(match);
        }
      }),
      { numRuns: 100 },
    );
  });
});
