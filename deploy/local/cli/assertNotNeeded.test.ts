import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNotNeeded } from './assertNotNeeded.ts';

const running = [
  { name: 'prices', upstreams: [] },
  { name: 'catalog', upstreams: ['prices'] },
  { name: 'order', upstreams: ['catalog'] },
];

test('what others call is not taken from them, and the command that takes all of them is told', () => {
  assert.throws(() => assertNotNeeded(['catalog'], running), {
    message: 'Nothing was stopped: order calls catalog. Both: make down ONLY=catalog,order',
  });
  assert.throws(() => assertNotNeeded(['prices'], running), {
    message:
      'Nothing was stopped: catalog calls prices, order calls catalog. All of them: make down ONLY=catalog,order,prices',
  });
});

test('what nobody calls, or only those that go too, goes', () => {
  assertNotNeeded(['order'], running);
  assertNotNeeded(['order', 'catalog', 'prices'], running);
});
