import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { cacheFolder } from './cacheFolder.ts';

test('WEFT_CACHE, else by user: a folder of the machine for root, the own cache for others', () => {
  assert.equal(cacheFolder({ WEFT_CACHE: '/c', XDG_CACHE_HOME: '/x' }, 0), '/c');
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/x' }, 0), '/var/cache/weft');
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/x' }, 1000), '/x/weft');
  assert.equal(cacheFolder({}, 1000), `${homedir()}/.cache/weft`);
});
