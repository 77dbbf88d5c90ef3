import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Access } from '../../contracts/index.ts';
import { sampleMethod } from '../testing/samples.ts';
import { accessFilters } from './accessFilters.ts';

const filters = (
  access: Access,
  names: { readonly roles?: string[]; readonly scopes?: string[] } = {},
) => Object.keys(accessFilters(sampleMethod({ access, ...names }))).sort();

const RBAC = 'envoy.filters.http.rbac';

test('each level asks for what it needs, and an open method refuses nobody', () => {
  const [token, caller] = ['weft.access_token', 'weft.caller'];
  assert.deepEqual(filters('public'), [token, caller]);
  assert.deepEqual(filters('user'), [RBAC, token, caller]);
  assert.deepEqual(filters('role', { roles: ['a'] }), [RBAC, token, caller]);
  assert.deepEqual(filters('api_key'), [RBAC, caller]);
  assert.deepEqual(filters('user_or_api_key', { scopes: ['a.read'] }), [RBAC, token, caller]);
});

test('a method that asks for a role or scope and names none lets nobody in by it', () => {
  assert.ok(filters('role').includes(RBAC));
  assert.ok(filters('user_or_api_key').includes(RBAC));
});
