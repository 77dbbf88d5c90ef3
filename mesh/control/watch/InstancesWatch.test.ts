import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { eventually } from '../../testing/eventually.ts';
import { type FakeAnswer, FakeConsul } from '../testing/FakeConsul.ts';
import { isUsable } from './Instance.ts';
import { InstancesWatch } from './InstancesWatch.ts';

const GRACE_MS = 300;

function answer(index: number, instances: Record<string, string>): FakeAnswer {
  const list = Object.entries(instances).map(([ID, Status]) => ({
    Node: { Node: 'n1', Address: '10.0.0.1' },
    Service: { ID, Port: 9000 + Number(ID), Connect: { Native: true } },
    Checks: [{ Status }],
  }));
  return { body: JSON.stringify(list), index: String(index) };
}

async function watching(
  run: (usable: () => string[], consul: FakeConsul) => Promise<void>,
): Promise<void> {
  const consul = await FakeConsul.start(answer(1, { 1: 'passing', 2: 'passing' }));
  const watch = new InstancesWatch({
    client: consul.client,
    log: pino({ level: 'silent' }),
    service: 'a',
    changed: () => {},
    graceMs: GRACE_MS,
  });
  const usable = () => (watch.instances?.instances ?? []).filter(isUsable).map(({ id }) => id);
  try {
    await eventually(() => assert.deepEqual(usable(), ['1', '2']));
    await run(usable, consul);
  } finally {
    await watch.stop();
    await consul.stop();
  }
}
const taken = (consul: FakeConsul, index: string) =>
  eventually(() => assert.equal(consul.asked.at(-1), index));

describe('InstancesWatch', () => {
  test('one of two that turns critical is out at once', () =>
    watching(async (usable, consul) => {
      consul.answer(answer(2, { 1: 'critical', 2: 'passing' }));
      await taken(consul, '2');
      assert.deepEqual(usable(), ['2']);
    }));

  test('when all turn critical, they stay in use for a moment, and then they are out', () =>
    watching(async (usable, consul) => {
      const started = performance.now();
      consul.answer(answer(2, { 1: 'critical', 2: 'critical' }));
      await taken(consul, '2');
      assert.deepEqual(usable(), ['1', '2']);
      await eventually(() => assert.deepEqual(usable(), []));
      assert.ok(performance.now() - started >= GRACE_MS - 1);
    }));

  test('an agent that restarts takes nothing away', () =>
    watching(async (usable, consul) => {
      consul.answer(answer(2, { 1: 'critical', 2: 'critical' }));
      await taken(consul, '2');
      assert.deepEqual(usable(), ['1', '2']);
      consul.answer(answer(3, { 1: 'passing', 2: 'critical' }));
      await taken(consul, '3');
      assert.deepEqual(usable(), ['1']);
      consul.answer(answer(4, { 1: 'passing', 2: 'passing' }));
      await taken(consul, '4');
      assert.deepEqual(usable(), ['1', '2']);
    }));

  test('what is no longer registered is not in use', () =>
    watching(async (usable, consul) => {
      consul.answer(answer(2, { 2: 'critical' }));
      await taken(consul, '2');
      assert.deepEqual(usable(), ['2']);
      consul.answer(answer(3, {}));
      await taken(consul, '3');
      assert.deepEqual(usable(), []);
    }));

  test('what has not been usable before is not because of it', () =>
    watching(async (usable, consul) => {
      consul.answer(answer(2, {}));
      await taken(consul, '2');
      consul.answer(answer(3, { 3: 'critical' }));
      await taken(consul, '3');
      assert.deepEqual(usable(), []);
    }));
});
