import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clone, defaultHome } from './defaultHome.ts';

test('WEFT_HOME, else a folder in the clone, for root one that others may enter', () => {
  assert.equal(defaultHome({ WEFT_HOME: '/some/where' }, 0), '/some/where');
  assert.equal(defaultHome({}, 1000), `${clone}/.weft`);
  assert.match(defaultHome({}, 0), /^\/var\/lib\/weft\/.+-[0-9a-f]{8}$/);
});
