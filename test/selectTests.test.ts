import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { selectTests } from './support/selectTests.ts';

const files = [
  'mesh/runtime/a.test.ts',
  'deploy/local/startMesh.test.ts',
  'deploy/local/host/b.test.ts',
  'services/kit/c.test.ts',
  'services/market/analytics/d.test.ts',
  'services/market/trading/e.test.ts',
  'services/shop/order/f.test.ts',
  'services/shop/order/node_modules/x/g.test.ts',
  'test/h.test.ts',
  'test/hostileEdge.test.ts',
  'test/market/i.test.ts',
  'test/fuzz/j.test.ts',
];
let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'weft-select-'));
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), '');
  }
});
after(() => rm(root, { recursive: true }));

test('all tests run: units, then those that start a mesh, and by themselves those that bear nothing beside them', () => {
  const { units, wholeMesh, alone } = selectTests(root, {});
  assert.deepEqual(wholeMesh, ['test/h.test.ts', 'test/market/i.test.ts']);
  assert.deepEqual(alone, ['deploy/local/startMesh.test.ts', 'test/hostileEdge.test.ts']);
  assert.deepEqual(
    [...units, ...wholeMesh, ...alone].toSorted(),
    files.filter((file) => !file.includes('node_modules')).toSorted(),
  );
});

test('a group has its own tests run, and a service its own and the whole-mesh runs of its group', () => {
  assert.deepEqual(selectTests(root, { only: 'market' }), {
    units: ['services/market/analytics/d.test.ts', 'services/market/trading/e.test.ts'],
    wholeMesh: ['test/market/i.test.ts'],
    alone: [],
  });
  assert.deepEqual(selectTests(root, { only: 'analytics,order' }), {
    units: ['services/market/analytics/d.test.ts', 'services/shop/order/f.test.ts'],
    wholeMesh: ['test/market/i.test.ts'],
    alone: [],
  });
});

test('a file that is named runs as its kind has it', () => {
  assert.deepEqual(selectTests(root, { tests: 'test/h.test.ts mesh/**/*.test.ts' }), {
    units: ['mesh/runtime/a.test.ts'],
    wholeMesh: ['test/h.test.ts'],
    alone: [],
  });
});

test('a name that stands for nothing is refused with those that there are', () => {
  assert.throws(
    () => selectTests(root, { only: 'markt' }),
    /"markt"[\s\S]*market, shop[\s\S]*order/,
  );
  assert.throws(() => selectTests(root, { only: '$(true)' }), /"\$\(true\)"/);
  assert.throws(() => selectTests(root, { tests: 'test/none.test.ts' }), /test\/none\.test\.ts/);
});
