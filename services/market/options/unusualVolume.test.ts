import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unusualVolume } from './unusualVolume.ts';

test('volume is unusual beyond a multiple of what is open, and a few lots are no news', () => {
  const volume = [99, 500, 2_000, 2_001, 300, 300];
  const openInterest = [1, 0, 1_000, 1_000, 100, 100];
  assert.deepEqual(unusualVolume(volume, openInterest, { factor: 2, least: 100 }), [
    { index: 3, volume: 2_001, ratio: 2.001 },
    { index: 1, volume: 500, ratio: null },
    { index: 4, volume: 300, ratio: 3 },
    { index: 5, volume: 300, ratio: 3 },
  ]);
});
