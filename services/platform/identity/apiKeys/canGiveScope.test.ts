import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Access, MethodContract } from '@weft/mesh/contracts';
import { canGiveScope } from './canGiveScope.ts';

const method = (access: Access, scopes: string[], roles: string[] = []) =>
  ({ access, scopes, roles }) as Partial<MethodContract> as MethodContract;

test('nobody gives a key what he may not do himself', () => {
  const methods = [
    method('user_or_api_key', ['order.read']),
    method('user_or_api_key', ['product.write', 'product.all'], ['seller', 'support']),
    method('user_or_api_key', ['product.all']),
    method('api_key', ['webhook']),
    method('role', [], ['seller']),
  ];
  const gives = (scope: string, ...roles: string[]) => canGiveScope({ methods }, scope, roles);
  assert.ok(gives('order.read'));
  assert.ok(gives('product.write', 'seller'));
  assert.ok(gives('product.all', 'customer', 'support'));
  for (const scope of ['product.write', 'product.all', 'webhook', 'unknown', '']) {
    assert.ok(!gives(scope, 'customer'), scope);
    assert.ok(gives(scope, 'admin'), scope);
  }
});
