import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RawRouting, routingEntries } from '../testing/sampleRouting.ts';
import { sampleMethod } from '../testing/samples.ts';
import { makeRouteTable } from './makeRouteTable.ts';
import type { Route } from './RouteTable.ts';

const write = sampleMethod({ path: '/a.v1.A/Write', name: 'Write' });
const read = sampleMethod({ path: '/a.v1.A/Read', name: 'Read', idempotency: 'no_side_effects' });
const watch = sampleMethod({ path: '/a.v1.A/Watch', name: 'Watch', responseStream: true });
const methods = [write, read, watch];
const v1v2 = { v1: { Filter: 'Service.Meta.version == v1' }, v2: { Filter: 'x' } };

const tableOf = (raw: RawRouting, contract = methods) =>
  makeRouteTable('a', contract, routingEntries(raw)).table;
const routesOf = (http: object, destination: object = {}) =>
  tableOf({ routers: { a: { Routes: [{ Match: { HTTP: http }, Destination: destination }] } } });
const ofRouter = ({ routes }: { routes: readonly Route[] }) =>
  routes.filter(({ origin }) => origin === 'service-router route 1');
const ways = ({ routes }: { routes: readonly Route[] }) =>
  routes.at(-1)?.destinations.map(({ target, weight }) => [target, weight]);

describe('makeRouteTable', () => {
  test('without entries, each method goes to the service as its contract says', () => {
    const { routes, warnings } = tableOf({});
    assert.deepEqual(
      routes.map(({ match, timeoutMs, retries }) => [match.path?.value, timeoutMs, retries]),
      [
        ['/a.v1.A/Write', 3_000, undefined],
        ['/a.v1.A/Read', 3_000, { attempts: 2, on: ['unavailable'] }],
        ['/a.v1.A/Watch', undefined, undefined],
        [undefined, undefined, undefined],
      ],
    );
    assert.deepEqual(ways({ routes }), [['a', 10_000]]);
    assert.deepEqual(warnings, []);
  });

  test('a RequestTimeout holds for the unary methods of a prefix, and never for a stream', () => {
    const routes = ofRouter(routesOf({ PathPrefix: '/a.v1.A/' }, { RequestTimeout: '1.5s' }));
    assert.deepEqual(
      routes.map(({ match, timeoutMs }) => [match.path?.kind, match.path?.value, timeoutMs]),
      [
        ['exact', '/a.v1.A/Write', 1_500],
        ['exact', '/a.v1.A/Read', 1_500],
        ['exact', '/a.v1.A/Watch', undefined],
        ['prefix', '/a.v1.A/', undefined],
      ],
    );
  });

  test('a RequestTimeout that could only hold for streams has no effect, and is named', () => {
    const table = routesOf({ PathExact: watch.path }, { RequestTimeout: '1s' });
    assert.equal(ofRouter(table)[0]?.timeoutMs, undefined);
    assert.match(table.warnings[0] ?? '', /^service-router\/a: route 1: RequestTimeout/);
  });

  test('retries of an entry hold for what the contract lets repeat, and for nothing else', () => {
    const table = routesOf({ PathPrefix: '/' }, { NumRetries: 3, RetryOn: ['internal'] });
    const retries = ofRouter(table).map((route) => route.retries);
    const three = { attempts: 3, on: ['internal'] };
    assert.deepEqual(retries, [undefined, three, undefined, three]);
    assert.match(table.warnings[0] ?? '', /forbids it: Write$/);
  });

  test('conditions on headers stand on each of the route’s paths', () => {
    const header = { Name: 'X-Version', Exact: 'v2' };
    const routes = ofRouter(routesOf({ Header: [header] }));
    const wanted = { name: 'x-version', kind: 'exact', value: 'v2', isInverted: false };
    assert.equal(routes.length, methods.length + 1);
    for (const { match } of routes) assert.deepEqual(match.headers, [wanted]);
  });

  for (const [what, http, destination] of [
    ['a query parameter', { QueryParam: [{ Name: 'q', Present: true }] }, {}],
    ['an HTTP method', { Methods: ['GET'] }, {}],
    ['an expression that RE2 does not have', { PathRegex: '/a(?=b)' }, {}],
    ['a rewritten path', { PathPrefix: '/a' }, { PrefixRewrite: '/b' }],
    ['a binary header', { Header: [{ Name: 'x-bin', Present: true }] }, {}],
    ['a namespace', { PathPrefix: '/a' }, { Namespace: 'other' }],
  ] as const) {
    test(`a route with ${what} is left out by name, not matched too widely`, () => {
      const entries = routingEntries({
        routers: { a: { Routes: [{ Match: { HTTP: http }, Destination: destination }] } },
      });
      assert.deepEqual(ofRouter(makeRouteTable('a', methods, entries).table), []);
      assert.match(entries.routers.get('a')?.value?.refusals[0] ?? '', /^route 1 is left out: /);
    });
  }

  test('splits to a hundredth of a percent, and in turn where a share is split again', () => {
    const splits = (...legs: [number, string, string?][]) => ({
      Splits: legs.map(([Weight, Service, ServiceSubset]) => ({ Weight, Service, ServiceSubset })),
    });
    const table = tableOf({
      splitters: {
        a: splits([99.99, 'a', 'v1'], [0.01, 'b']),
        b: splits([50, 'b'], [50, 'c']),
      },
      resolvers: { a: { Subsets: v1v2 } },
    });
    assert.deepEqual(ways(table), [
      ['a/v1', 9_999],
      ['b', 1],
      ['c', 0],
    ]);
  });

  test('a share of nothing stays in the table, ready to be raised', () => {
    const table = tableOf({
      splitters: { a: { Splits: [{ Weight: 100 }, { Weight: 0, ServiceSubset: 'v2' }] } },
      resolvers: { a: { Subsets: v1v2 } },
    });
    assert.deepEqual(ways(table), [
      ['a', 10_000],
      ['a/v2', 0],
    ]);
  });

  test('a share of a subset that nobody defines goes to the others, and is named', () => {
    const table = tableOf({
      splitters: {
        a: {
          Splits: [
            { Weight: 50, ServiceSubset: 'v9' },
            { Weight: 50, Service: 'b' },
          ],
        },
      },
    });
    assert.deepEqual(ways(table), [['b', 10_000]]);
    assert.match(table.warnings[0] ?? '', /^service-resolver\/a: has no subset "v9"/);
  });

  test('follows redirects and default subsets; a circle leads nowhere and is named', () => {
    const resolvers = {
      a: { Redirect: { Service: 'b' } },
      b: { DefaultSubset: 'v1', Subsets: v1v2 },
    };
    assert.deepEqual(ways(tableOf({ resolvers })), [['b/v1', 10_000]]);
    const circle = tableOf({ resolvers: { ...resolvers, b: { Redirect: { Service: 'a' } } } });
    assert.deepEqual(ways(circle), []);
    assert.match(circle.warnings[0] ?? '', /in a circle/);
  });

  test('fails over to subsets, services and targets, in turn and never to itself', () => {
    const { targets } = tableOf({
      resolvers: {
        a: {
          DefaultSubset: 'v1',
          Subsets: v1v2,
          Failover: {
            v1: { Targets: [{ ServiceSubset: 'v2' }, { ServiceSubset: 'v1' }, { Service: 'b' }] },
          },
        },
      },
    });
    assert.deepEqual(targets['a/v1']?.failover, ['a/v2', 'b']);
    assert.deepEqual(Object.keys(targets).sort(), ['a/v1', 'a/v2', 'b']);
  });

  test('a failover to what no service can be called is left out and named', () => {
    const Failover = { '*': { Targets: [{ Service: ' ' }, { Service: 'b' }] } };
    const { targets, warnings } = tableOf({ resolvers: { a: { Failover } } });
    assert.deepEqual(targets.a?.failover, ['b']);
    assert.match(warnings.join(), /service-resolver\/a: " " is no name of a service/);
  });

  test('a ring’s headers stand on the routes that lead to it', () => {
    const LoadBalancer = {
      Policy: 'ring_hash',
      HashPolicies: [{ Field: 'header', FieldValue: 'X-Symbol', Terminal: true }],
    };
    const { routes, targets } = tableOf({ resolvers: { a: { LoadBalancer } } });
    assert.equal(targets.a?.policy, 'ring_hash');
    for (const { hashHeaders } of routes) {
      assert.deepEqual(hashHeaders, [{ name: 'x-symbol', isTerminal: true }]);
    }
  });

  test('a RequestTimeout of the resolver holds where the router has none', () => {
    const resolvers = { a: { RequestTimeout: '2s', ConnectTimeout: '1s' } };
    const routers = {
      a: { Routes: [{ Match: { HTTP: {} }, Destination: { RequestTimeout: '1s' } }] },
    };
    const { routes, targets } = tableOf({ resolvers, routers });
    const timeouts = (origin: string) =>
      routes.filter((route) => route.origin === origin).map(({ timeoutMs }) => timeoutMs);
    assert.deepEqual(timeouts('service-router route 1'), [1_000, 1_000, undefined, undefined]);
    assert.deepEqual(timeouts('default'), [2_000, 2_000, undefined, undefined]);
    assert.equal(targets.a?.connectTimeoutMs, 1_000);
  });
});
