import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../consul/index.ts';
import { grpcContentType, type MethodContract } from '../../contracts/index.ts';
import { type Decoded, decodeResource } from '../testing/decode.ts';
import { type RawRouting, sampleTable } from '../testing/sampleRouting.ts';
import { sampleMethod } from '../testing/samples.ts';
import { edgeRoutes } from './edgeRoutes.ts';

const CONTENT_TYPES = `${grpcContentType.grpc}|${grpcContentType.grpcWeb}`;

const open = (changes: Partial<MethodContract> = {}) =>
  sampleMethod({ access: 'public', ...changes });

const targetsOf =
  (methods: readonly MethodContract[], raw: RawRouting = {}, fault?: Fault) =>
  (service: string) => ({
    table: sampleTable(
      service,
      methods.filter(({ meshService }) => meshService === service),
      raw,
    ),
    fault,
  });

function host(
  methods: readonly MethodContract[],
  corsOrigins = ['*'],
  raw: RawRouting = {},
  fault?: Fault,
) {
  const resource = edgeRoutes(methods, targetsOf(methods, raw, fault), { corsOrigins });
  const [found] = decodeResource(resource).virtual_hosts;
  const { matcher_tree: tree, on_no_match: otherwise } = found.matcher;
  const lists = [...Object.values<Decoded>(tree?.prefix_match_map.map ?? {}), otherwise];
  const all: Decoded[] = lists.flatMap(({ action }) => action.typed_config.routes);
  const last = all.at(-1);
  // Each once, and at its end the one that all lists end with.
  const routes = all.filter(({ name }) => name !== last.name && !name.endsWith(' unsupported'));
  return { ...found, routes: [...routes, last] };
}

describe('edgeRoutes', () => {
  test('leads to public methods by their exact path, to its health, and to nothing else', () => {
    const [first, health, last, ...more] = host([
      open({ path: '/a.v1.A/Open' }),
      sampleMethod(),
    ]).routes;
    assert.equal(first.match.path, '/a.v1.A/Open');
    assert.equal(first.route.cluster, 'a');
    assert.deepEqual(health.match, { path: '/health' });
    assert.equal(last.route.cluster_not_found_response_code, 'NOT_FOUND');
    assert.deepEqual(more, []);
  });

  test('a fault is in the routes of its service, plain gRPC apart, and for some headers only before them', () => {
    const abort = { percent: 100, code: 'UNAVAILABLE' } as const;
    const headers = [{ name: 'x-tester', exact: 'on' }];
    const shape = (fault: Fault) =>
      host([open()], ['*'], {}, fault)
        .routes.slice(0, -2)
        .map(({ match, typed_per_filter_config: filters }: Decoded) => [
          match.headers.map(({ name }: { name: string }) => name).join(),
          'envoy.filters.http.fault' in filters,
        ]);
    assert.deepEqual(shape({ delay: { percent: 1, duration: '1s' } }), [['content-type', true]]);
    assert.deepEqual(shape({ abort }), [
      ['content-type,x-envoy-original-method,x-weft-grpc-web', true],
      ['content-type', true],
    ]);
    assert.deepEqual(shape({ abort, headers }), [
      ['content-type,x-tester,x-envoy-original-method,x-weft-grpc-web', true],
      ['content-type,x-tester', true],
      ['content-type', false],
    ]);
  });

  test('a method whose mesh service has no name that Consul could know is left out', () => {
    const { routes } = host([open({ meshService: 'a/b' }), open({ meshService: undefined })]);
    assert.deepEqual(
      routes.map(({ name }: Decoded) => name),
      ['health', 'not-found'],
    );
  });

  test('gives Envoy a little longer than the server, and tells the server its deadline', () => {
    const [route] = host([open({ timeoutMs: 3_000 })]).routes;
    assert.deepEqual(route.route.timeout, { seconds: 3, nanos: 500_000_000 });
    const [header] = route.request_headers_to_add;
    assert.deepEqual(header.header, { key: 'grpc-timeout', value: '3000m' });
    assert.equal(header.append_action, 'ADD_IF_ABSENT');
  });

  test('ends a stream with its life alone, and tells the server first', () => {
    const stream = { responseStream: true, timeoutMs: 3_000, maxStreamDurationMs: 90_000 };
    const [route] = host([open(stream)]).routes;
    assert.deepEqual(route.route.timeout, {});
    assert.deepEqual(route.route.idle_timeout, {});
    assert.deepEqual(route.route.max_stream_duration, {
      max_stream_duration: { seconds: 90, nanos: 500_000_000 },
    });
    assert.equal(route.route.retry_policy, undefined);
    const [header] = route.request_headers_to_add;
    assert.equal(header.header.value, '90000m');
    assert.equal(header.append_action, 'OVERWRITE_IF_EXISTS_OR_ADD');
  });

  test('sends again only what may be sent again', () => {
    const [write] = host([open()]).routes;
    assert.equal(write.route.retry_policy, undefined);
    const [read] = host([open({ idempotency: 'no_side_effects' })]).routes;
    assert.match(read.route.retry_policy.retry_on, /unavailable/);
    // The two of the contract, and what a gRPC client sends again without counting.
    assert.equal(read.route.retry_policy.num_retries.value, 10);
  });

  test('limits each address as the contract says', () => {
    const limit = (rateLimit: MethodContract['rateLimit']) => {
      const { value } = host([open({ rateLimit })]).typed_per_filter_config[
        'envoy.filters.http.local_ratelimit'
      ];
      const { fields } =
        value.fields.descriptors.listValue.values[0].structValue.fields.token_bucket.structValue;
      return [
        fields.max_tokens.numberValue,
        fields.tokens_per_fill.numberValue,
        fields.fill_interval.stringValue,
      ];
    };
    assert.deepEqual(limit({ requests: 100, perMs: 900_000 }), [100, 100, '900s']);
    // Envoy fills at most every 50 ms.
    assert.deepEqual(limit({ requests: 10, perMs: 10 }), [10, 50, '0.05s']);
  });

  test('does not change unless the contracts do: Envoy would refill all limits', () => {
    const { version } = edgeRoutes([open()], targetsOf([open()]), { corsOrigins: ['*'] });
    assert.equal(
      edgeRoutes([open()], targetsOf([open()]), { corsOrigins: ['*'] }).version,
      version,
    );
  });

  test('names the origins that may call', () => {
    const cors = host([], ['https://a.example', 'https://b.example']).typed_per_filter_config[
      'envoy.filters.http.cors'
    ];
    assert.deepEqual(cors.allow_origin_string_match, [
      { exact: 'https://a.example' },
      { exact: 'https://b.example' },
    ]);
    const csrf = (origins: string[]) =>
      JSON.stringify(host([], origins).typed_per_filter_config['envoy.filters.http.csrf']);
    assert.match(csrf(['http://a.example:3000']), /"a\.example:3000"/);
    assert.match(csrf([]), /"numberValue":100/);
    assert.match(csrf(['*']), /"numberValue":0/);
  });

  test('shares out and picks by header as inside of the mesh', () => {
    const Subsets = { v1: { Filter: 'x' }, v2: { Filter: 'y' } };
    const v2 = { Name: 'x-version', Exact: 'v2' };
    const { routes } = host([open({ path: '/a.v1.A/Open' })], ['*'], {
      routers: {
        a: {
          Routes: [{ Match: { HTTP: { Header: [v2] } }, Destination: { ServiceSubset: 'v2' } }],
        },
      },
      splitters: {
        a: {
          Splits: [
            { Weight: 90, ServiceSubset: 'v1' },
            { Weight: 10, ServiceSubset: 'v2' },
          ],
        },
      },
      resolvers: { a: { Subsets } },
    });
    const [canary, shared, health, last, ...more] = routes;
    assert.deepEqual(canary.match, {
      path: '/a.v1.A/Open',
      headers: [
        { name: 'content-type', string_match: { safe_regex: { regex: CONTENT_TYPES } } },
        { name: 'x-version', string_match: { exact: 'v2' } },
      ],
    });
    assert.equal(canary.route.cluster, 'a/v2');
    assert.deepEqual(shared.route.weighted_clusters.clusters, [
      { name: 'a/v1', weight: { value: 9_000 } },
      { name: 'a/v2', weight: { value: 1_000 } },
    ]);
    assert.deepEqual([health.name, last.name], ['health', 'not-found']);
    assert.deepEqual(more, []);
  });
});
