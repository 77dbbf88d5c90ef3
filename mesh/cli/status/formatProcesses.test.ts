import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMesh } from './formatMesh.ts';
import { formatProcesses } from './formatProcesses.ts';
import { problemsOf } from './problemsOf.ts';

const processes = [
  {
    name: 'consul',
    where: 'http://127.0.0.1:8500/ui',
    memory: { pid: 7, processes: 1, bytes: 9e7 },
  },
  { name: 'gateway', where: 'http://127.0.0.1:8080', memory: { pid: 8, processes: 3, bytes: 6e7 } },
  { name: 'postgres', where: '127.0.0.1:15432', memory: undefined },
];

const service = (name: string, group: string | undefined, health: 'passing' | 'critical') => ({
  ...{ name, isWatched: false, protocol: 'grpc', warnings: [], callers: undefined },
  instances: [
    {
      ...{ id: `${name}-1`, service: name, address: '127.0.0.1', port: 9000, health, weight: 1 },
      ...{ kind: 'native' as const, meta: group ? { 'weft-group': group } : {} },
    } as never,
  ],
});

test('what each process takes, and all of them', () => {
  assert.equal(
    formatProcesses(processes),
    `PROCESS HERE  PID  PROCESSES  MEMORY       WHERE
consul        7    1          90 MB        http://127.0.0.1:8500/ui
gateway       8    3          60 MB        http://127.0.0.1:8080
postgres      -    -          not running  127.0.0.1:15432
all of them                   150 MB
`,
  );
});

test('services of a group stand together', () => {
  const services = [
    service('order', 'shop', 'passing'),
    service('analytics', 'market', 'passing'),
    service('gateway', undefined, 'passing'),
    service('trading', 'market', 'passing'),
  ];
  const lines = formatMesh({ services, controlPlanes: [], processes: [] }).split('\n').slice(1, 5);
  assert.deepEqual(
    lines.map((line) => line.split(/ +/).slice(0, 2)),
    [
      ['-', 'gateway'],
      ['market', 'analytics'],
      ['', 'trading'],
      ['shop', 'order'],
    ],
  );
});

test('what is not well is told: an instance, a control plane, a process', () => {
  const services = [service('order', 'shop', 'critical'), service('user', 'shop', 'passing')];
  const controlPlanes = [{ url: 'http://127.0.0.1:18001', status: undefined, problem: 'x' }];
  assert.deepEqual(problemsOf({ services, controlPlanes, processes }), [
    'order-1 is critical',
    'the control plane at http://127.0.0.1:18001 is not ready',
    'postgres does not run (make logs S=postgres)',
  ]);
});
