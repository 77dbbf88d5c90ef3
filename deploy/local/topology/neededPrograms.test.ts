import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededPrograms } from './neededPrograms.ts';

const known = [
  { name: 'stored', hasDatabase: true },
  { name: 'light', hasDatabase: false },
];
const always = ['consul', 'envoy', 'supervisord'];

test('PostgreSQL is needed by a service with a database that runs, and no server of its own', () => {
  assert.deepEqual(neededPrograms({ services: ['light'] }, known), always);
  assert.deepEqual(neededPrograms({ services: ['light', 'stored'] }, known), [
    ...always,
    'postgres',
  ]);
  const databaseUrl = 'postgres://db.example/';
  assert.deepEqual(neededPrograms({ services: ['stored'], databaseUrl }, known), always);
});
