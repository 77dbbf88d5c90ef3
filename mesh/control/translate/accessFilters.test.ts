import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleMethod } from '../testing/samples.ts';
import { accessFilters } from './accessFilters.ts';

const filters = (access: 'public' | 'user' | 'role' | 'api_key', roles: string[] = []) =>
  Object.keys(accessFilters(sampleMethod({ access, roles }))).sort();

test('each level asks for what it needs, and an open method refuses nobody', () => {
  assert.deepEqual(filters('public'), ['envoy.filters.http.jwt_authn', 'weft.caller']);
  assert.deepEqual(filters('user'), ['envoy.filters.http.jwt_authn', 'weft.caller']);
  assert.deepEqual(filters('role', ['a']), [
    'envoy.filters.http.jwt_authn',
    'envoy.filters.http.rbac',
    'weft.caller',
  ]);
  assert.deepEqual(filters('api_key'), ['weft.caller']);
});

test('a method that asks for a role and names none lets nobody in', () => {
  assert.ok(filters('role').includes('envoy.filters.http.rbac'));
});
