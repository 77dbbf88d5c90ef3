import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from './networkOf.ts';

test('what one site has of addresses counts as one, however an address is written', () => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2::3', '2001:db8:1::/48'],
    ['2001:0DB8:0001:ffff:0:0:0:1', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['1::3:4:5:6:7:8', '1:0:3::/48'],
    ['::1', '0:0:0::/48'],
    ['', ''],
  ] as const) {
    assert.equal(networkOf(address), network);
  }
});
