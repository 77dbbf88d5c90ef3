import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { expectMethods, type Patch } from './Patch.ts';
import { PATCHES } from './registry.ts';

interface Counter {
  count(by: number): number;
}

/** Lets a counter count double. */
function doubling(target: unknown): Patch {
  return {
    name: 'doubling',
    stage: 'import',
    touches: 'test: Counter.count',
    without: 'it counts once',
    upstream: 'none',
    targets: () => ({ Counter: target as object }),
    apply({ Counter }) {
      const counter = expectMethods<Counter>('Counter', Counter, { count: 1 });
      const { count } = counter;
      counter.count = (by) => 2 * count(by);
    },
  };
}

const makeCounter = (): Counter => ({ count: (by) => by });

test('a patch is applied once, also by a second copy of the code', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = memoryLogger(lines);
  const counter = makeCounter();
  await applyPatch(doubling(counter), { log });
  assert.equal(counter.count(1), 2);
  await applyPatch(doubling(counter), { log });
  const copy = await import(`${import.meta.resolve('./applyPatches.ts')}?copy`);
  assert.notEqual(copy.applyPatch, applyPatch);
  await copy.applyPatch(doubling(counter), { log });
  assert.equal(counter.count(1), 2);
  assert.deepEqual(lines, []);
});

test('a patch that is switched off changes nothing, and the log says so', async () => {
  const lines: Record<string, unknown>[] = [];
  const counter = makeCounter();
  const off = new Set(['doubling']);
  await applyPatch(doubling(counter), { log: memoryLogger(lines), off });
  assert.equal(counter.count(1), 1);
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [['info', 'patch doubling is switched off: without it, it counts once']],
  );
});

const wrong: Readonly<Record<string, unknown>> = {
  'there is no Counter': undefined,
  'Counter has no method count': {},
  'Counter.count takes 0 parameters, not 1': { count: () => 1 },
};
for (const [unexpected, target] of Object.entries(wrong)) {
  test(`where ${unexpected}, one line in the log says so, and the program goes on`, async () => {
    const lines: Record<string, unknown>[] = [];
    await applyPatch(doubling(target), { log: memoryLogger(lines) });
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [['warn', `patch doubling is off: ${unexpected}; without it, it counts once`]],
    );
  });
}

test('a module that is gone is one line in the log', async () => {
  const lines: Record<string, unknown>[] = [];
  const gone: Patch = {
    ...doubling({}),
    targets: () => import(`${import.meta.resolve('./applyPatches.ts')}.gone`),
  };
  await applyPatch(gone, { log: memoryLogger(lines) });
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]?.msg), /^patch doubling is off: Cannot find module .*applyPatches/);
});

before(async () => {
  process.env.GRPC_XDS_EXPERIMENTAL_RBAC = 'true';
  const { register } = await import('@grpc/grpc-js-xds');
  register();
});

for (const patch of PATCHES) {
  test(`${patch.name}: applied once, and one line in the log where nothing is as it knows it`, async () => {
    const lines: Record<string, unknown>[] = [];
    const log = memoryLogger(lines);
    const targets = await patch.targets();
    await applyPatch(patch, { log });
    const patched = methodsOf(targets);
    await applyPatch(patch, { log });
    assert.deepEqual(methodsOf(targets), patched);
    assert.equal(lines.length, 0);
    const empty = Object.fromEntries(Object.keys(targets).map((key) => [key, class {}]));
    await applyPatch({ ...patch, targets: () => empty }, { log });
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.patch, patch.name);
    assert.match(String(lines[0]?.msg), /^patch \w+ is off: .+; without it, .+/);
  });
}

test('each patch names its issue upstream, or a draft of one in the documentation', () => {
  const docs = readFileSync(new URL('../../../docs/upstream.md', import.meta.url), 'utf8');
  for (const { name, upstream } of PATCHES) {
    if (upstream === `docs/upstream.md#${name.toLowerCase()}`)
      assert.ok(docs.includes(`### ${name}\n`), name);
    else assert.ok(/^https:\/\/github\.com\/.*\d$/.test(upstream) && docs.includes(upstream), name);
  }
});

/** All functions that the targets and their prototypes hold. */
function methodsOf(targets: object): unknown[] {
  return Object.values(targets).flatMap((target) =>
    [target, target.prototype]
      .filter((each) => each !== undefined)
      .flatMap((each) => Object.values(Object.getOwnPropertyDescriptors(each)))
      .map(({ value }) => value)
      .filter((value) => typeof value === 'function'),
  );
}
