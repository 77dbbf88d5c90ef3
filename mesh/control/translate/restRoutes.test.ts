import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RE2JS } from 're2js';
import type { HttpBinding } from '../../contracts/index.ts';
import { sampleMethod } from '../testing/samples.ts';
import { restRoutes } from './restRoutes.ts';

interface Matcher {
  readonly name: string;
  readonly string_match?: { readonly exact?: string; readonly safe_regex?: { regex: string } };
}
interface RestRoute {
  readonly name: string;
  readonly match: { readonly headers: readonly Matcher[] };
  readonly typed_per_filter_config: Readonly<Record<string, unknown>>;
}

const get = (path: string): HttpBinding => ({ method: 'GET', path, body: '' });
const routing = { header: 'x-asset', field: 'asset' };
const asset = sampleMethod({
  http: [
    get('/v1/assets/{asset}'),
    get('/v1/assets/{asset}/summary'),
    get('/v1/assets/{asset}:watch'),
  ],
  routingHeader: routing,
});

function routesOf(...methods: Parameters<typeof restRoutes>[0]): RestRoute[] {
  return restRoutes(methods, { name: 'otherwise', route: {} }).flatMap(
    ({ routes }) => routes as RestRoute[],
  );
}

/** The route that takes this call, and what its header is set to. */
function taken(routes: readonly RestRoute[], path: string, verb = 'GET'): RestRoute | undefined {
  return routes.find(({ match }) =>
    match.headers.every(({ name, string_match: wanted }) => {
      if (name === ':method') return wanted?.exact === verb;
      return name !== ':path' || RE2JS.compile(wanted?.safe_regex?.regex ?? '').matches(path);
    }),
  );
}

describe('a REST call without a body', () => {
  test('passes over the scripts when its path is the contract’s to the letter, whatever the query', () => {
    const routes = routesOf(asset, sampleMethod({ http: [get('/v1/assets')] }));
    for (const path of [
      ...['/v1/assets', '/v1/assets?page_size=7', '/v1/assets/SP500', '/v1/assets/BRK.B/summary'],
      ...['/v1/assets/^GSPC:watch', '/v1/assets/M&M.NS/summary?a=b%20c&d=2026-01-01T00:00:00Z'],
      '/v1/assets/A?x=/:?%2F',
    ]) {
      assert.ok(taken(routes, path), path);
    }
  });

  test('is looked at by the scripts when its path or its verb is anything else', () => {
    const routes = routesOf(asset, sampleMethod({ http: [get('/v1/assets')] }));
    for (const path of [
      ...['/v1/assets/', '/v1/assets/A/summary/', '/v1/assets//summary', '/v1/assets/A/B/summary'],
      ...['/v1/assets/BTC%2FUSD/summary', '/v1/assets/%FF', '/v1/assets/ä', '/v1/assets?a=%FF'],
      ...[
        '/v1/assets?a=%C3%A4',
        '/v1/assets/A:B/summary',
        '/v1/assets/A:other',
        '/v1/assetsX',
        '/',
      ],
    ]) {
      assert.equal(taken(routes, path), undefined, path);
    }
    assert.equal(taken(routes, '/v1/assets/A', 'DELETE'), undefined);
    const post = { method: 'POST', path: '/v1/assets', body: '*' } as const;
    assert.deepEqual(routesOf(sampleMethod({ http: [post] })), []);
  });

  test('passes over what looks at credentials when its method is public and it shows none, and only then', () => {
    const routes = routesOf(
      sampleMethod({ http: [get('/v1/open')], access: 'public' }),
      sampleMethod({ http: [get('/v1/closed')], access: 'user' }),
    );
    const passesOver = ({ typed_per_filter_config: filters }: RestRoute) =>
      'weft.access_token' in filters;
    const asks = ({ match }: RestRoute) =>
      match.headers.filter(({ name }) => name === 'authorization' || name === 'x-api-key').length;
    assert.deepEqual(
      routes.map((route) => [route.name, asks(route), passesOver(route)]),
      [
        ['GET /v1/closed', 0, false],
        ['GET /v1/open without credentials', 2, true],
        ['GET /v1/open', 0, false],
      ],
    );
  });

  test('has what its header repeats from the place where the contract has it', () => {
    const orders = sampleMethod({
      http: [get('/v1/users/{user}/orders/{order}'), get('/v1/users/{user}/orders/{order}:track')],
      routingHeader: { header: 'x-order', field: 'order' },
    });
    const [route, ...more] = routesOf(orders);
    assert.deepEqual(more, []);
    const said = JSON.stringify(route?.typed_per_filter_config, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    assert.match(said, /x-order/);
    assert.match(said, /\^\/v1\/users\/[^"]*\/orders\/\(/);
  });

  test('is told from its neighbours: the narrower path first, and as few routes as there are things to do', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      sampleMethod({ http: [get(`/v1/assets/{asset}/notes${index}`)] }),
    );
    const featured = sampleMethod({
      http: [get('/v1/assets/{asset}/notes/{note}')],
      routingHeader: { header: 'x-note', field: 'note' },
    });
    const routes = routesOf(...many, featured, asset);
    assert.ok(routes.length <= 5, `${routes.length} routes`);
    const note = taken(routes, '/v1/assets/A/notes49');
    assert.equal(note, taken(routes, '/v1/assets/A/notes0'));
    assert.notEqual(note, taken(routes, '/v1/assets/A/notes/1'));
    assert.notEqual(note, taken(routes, '/v1/assets/A/summary'));
  });
});
