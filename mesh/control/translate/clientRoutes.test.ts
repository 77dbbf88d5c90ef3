import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleTable } from '../testing/sampleRouting.ts';
import { clientRoutes } from './clientRoutes.ts';

/** The first route that this router makes. */
function first(HTTP: object, Destination: object = {}) {
  const routers = { a: { Routes: [{ Match: { HTTP }, Destination }] } };
  const [route] = clientRoutes(sampleTable('a', [], { routers }));
  assert.ok(route);
  return route;
}
const header = (condition: object) => first({ Header: [{ Name: 'X-A', ...condition }] }).match;

describe('clientRoutes', () => {
  for (const [http, match] of [
    [{ PathExact: '/a.v1.A/Do' }, { path: '/a.v1.A/Do' }],
    [{ PathPrefix: '/a.v1.A/' }, { prefix: '/a.v1.A/' }],
    [{ PathRegex: '/a|/b' }, { safe_regex: { regex: '(?:/a|/b)' } }],
    [
      { PathExact: '/X/y', CaseInsensitive: true },
      { path: '/X/y', case_sensitive: { value: false } },
    ],
  ] as const) {
    test(`a path by ${Object.keys(http).join(' and ')}`, () => {
      assert.deepEqual(first(http).match, match);
    });
  }

  for (const [condition, matcher] of [
    [{ Exact: 'v' }, { string_match: { exact: 'v' } }],
    [{ Prefix: 'v' }, { string_match: { prefix: 'v' } }],
    [{ Suffix: 'v' }, { string_match: { suffix: 'v' } }],
    [{ Regex: 'a|b' }, { string_match: { safe_regex: { regex: '(?:a|b)' } } }],
    [{ Present: true }, { present_match: true }],
    [
      { Present: true, Invert: true },
      { present_match: true, invert_match: true },
    ],
  ] as const) {
    test(`a header by ${Object.keys(condition).join(' and ')}`, () => {
      assert.deepEqual(header(condition).headers, [{ name: 'x-a', ...matcher }]);
    });
  }

  test('retries, a timeout and a failover stand on the route', () => {
    const resolvers = { a: { Failover: { '*': { Service: 'b' } } } };
    const Destination = { RequestTimeout: '2s', NumRetries: 3, RetryOn: ['internal'] };
    const routers = { a: { Routes: [{ Match: { HTTP: { PathExact: '/x' } }, Destination }] } };
    const [route] = clientRoutes(sampleTable('a', [], { routers, resolvers }));
    assert.deepEqual((route as unknown as { route: object }).route, {
      cluster: 'failover:a,b',
      max_stream_duration: { max_stream_duration: { seconds: 2, nanos: 0 } },
      retry_policy: {
        retry_on: 'internal',
        num_retries: { value: 3 },
        retry_back_off: {
          base_interval: { seconds: 0, nanos: 50_000_000 },
          max_interval: { seconds: 0, nanos: 500_000_000 },
        },
      },
    });
  });

  test('a table that leads nowhere has a route where calls fail at once, and are told why', () => {
    const resolvers = { a: { Redirect: { Service: 'b' } }, b: { Redirect: { Service: 'a' } } };
    assert.deepEqual(clientRoutes(sampleTable('a', [], { resolvers })), [
      { name: 'default any', match: { prefix: '' }, route: { cluster: 'nowhere:a' } },
    ]);
  });
});
