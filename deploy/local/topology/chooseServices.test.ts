import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseServices } from './chooseServices.ts';

const service = (group: string, name: string, upstreams: string[] = []) => ({
  group,
  name,
  upstreams,
});
const known = [
  service('market', 'analytics'),
  service('shop', 'catalog', ['prices']),
  service('shop', 'order', ['catalog', 'payment']),
  service('cloud', 'payment', ['order']),
  service('market', 'prices'),
];
const choose = (...names: string[]) => chooseServices(names, known).map(({ name }) => name);

test('a service starts with all that it calls, also in a circle, and with nothing else', () => {
  assert.deepEqual(choose('analytics'), ['analytics']);
  assert.deepEqual(choose('catalog'), ['catalog', 'prices']);
  assert.deepEqual(choose('payment'), ['catalog', 'order', 'payment', 'prices']);
});

test('groups and services can be named together', () => {
  assert.deepEqual(choose('market'), ['analytics', 'prices']);
  assert.deepEqual(choose('market', 'catalog'), ['analytics', 'catalog', 'prices']);
});

test('an unknown name is answered with those that there are', () => {
  assert.throws(() => choose('market', 'ordr'), {
    message:
      'There is no group or service ordr. There are:\n' +
      '  cloud: payment\n  market: analytics, prices\n  shop: catalog, order',
  });
});
