import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { permissions } from './permissions.ts';

const service = (name: string, upstreams: string[] = [], jobs = {}) => ({
  ...{ name, upstreams, jobs },
  http: [],
});

test('a service may be called by those that declare it, its jobs, the operator, and the edge if public', () => {
  const services = [
    service('analytics'),
    service('trading', ['analytics'], { replay: 'replay.ts' }),
    service('hidden'),
  ];
  assert.deepEqual(permissions(services, Contracts.load()), [
    { service: 'analytics', callers: ['trading', 'gateway', 'cli'] },
    { service: 'trading', callers: ['replay', 'gateway', 'cli'] },
    { service: 'hidden', callers: ['cli'] },
  ]);
});
