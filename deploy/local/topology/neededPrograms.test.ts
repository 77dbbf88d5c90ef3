import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededPrograms } from './neededPrograms.ts';

const known = [
  { name: 'stored', hasDatabase: true, consumes: [] },
  { name: 'light', hasDatabase: false, consumes: [] },
  { name: 'testing-ledger', hasDatabase: false, consumes: [] },
  { name: 'reader', hasDatabase: false, consumes: ['testing-ledger.deposited'] },
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

test('NATS is needed by who publishes events, as contracts say, and by who consumes them', () => {
  for (const service of ['testing-ledger', 'reader']) {
    assert.deepEqual(neededPrograms({ services: [service] }, known), [...always, 'nats-server']);
  }
});

test('an engine is needed when a service that runs names it', () => {
  const logging = {
    name: 'logging',
    hasDatabase: false,
    consumes: [],
    engines: ['victoria-logs'],
  } as const;
  const all = [...known, logging];
  assert.deepEqual(neededPrograms({ services: ['light'] }, all), always);
  assert.deepEqual(neededPrograms({ services: ['light', 'logging'] }, all), [
    ...always,
    'victoria-logs',
  ]);
});
