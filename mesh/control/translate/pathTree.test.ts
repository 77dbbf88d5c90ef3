import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decoded, decodeResource } from '../testing/decode.ts';
import { makeResource } from '../xds/Resource.ts';
import { type Branch, pathTree } from './pathTree.ts';

const named = (name: string) => ({ name, match: { prefix: '/' }, redirect: {} });

/** The names of the routes that a path is tried against, in order. */
function tried(branches: readonly Branch[], path: string): string[] {
  const matcher = pathTree(branches, named('otherwise'));
  const virtual_hosts = [{ name: 'all', domains: ['*'], matcher }];
  const decoded = decodeResource(makeResource('routes', 'r', { name: 'r', virtual_hosts }));
  const { matcher_tree: tree, on_no_match: otherwise } = decoded.virtual_hosts[0].matcher;
  const map: Record<string, Decoded> = tree?.prefix_match_map.map ?? {};
  const [longest] = Object.keys(map)
    .filter((prefix) => path.startsWith(prefix))
    .toSorted((one, other) => other.length - one.length);
  const found = longest === undefined ? otherwise : map[longest];
  return found.action.typed_config.routes.map(({ name }: { name: string }) => name);
}

test('a path is tried against the routes of all that it begins with, the longest first', () => {
  const branches = [
    { prefix: '/v1/', routes: [named('any')] },
    { prefix: '/v1/assets', routes: [named('list')] },
    { prefix: '/v1/assets/', routes: [named('get'), named('watch')] },
    { prefix: '/v2/', routes: [named('new')] },
  ];
  for (const [path, names] of [
    ['/v1/assets/A', ['get', 'watch', 'list', 'any']],
    ['/v1/assets', ['list', 'any']],
    ['/v1/assetsX', ['list', 'any']],
    ['/v1/feeds', ['any']],
    ['/v2/feeds', ['new']],
    ['/elsewhere', []],
  ] as const) {
    assert.deepEqual(tried(branches, path), [...names, 'otherwise'], path);
  }
});

test('without any route all paths have the last one', () => {
  assert.deepEqual(tried([], '/v1'), ['otherwise']);
});
