import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import { eventually } from '../../testing/eventually.ts';
import { type FakeAnswer, FakeConsul } from '../testing/FakeConsul.ts';
import { AnswerError } from './AnswerError.ts';
import { ConsulWatch } from './ConsulWatch.ts';

const log = pino({ level: 'silent' });
const numbers = z.array(z.number());

async function watching(
  answers: FakeAnswer[],
  run: (watch: ConsulWatch<number[]>, consul: FakeConsul, accepted: number[][]) => Promise<void>,
): Promise<void> {
  const consul = await FakeConsul.start(...answers);
  const accepted: number[][] = [];
  const watch = new ConsulWatch<number[]>({
    client: consul.client,
    path: '/numbers',
    log,
    maxBackoffMs: 100,
    doubtMs: 300,
    parse(answer) {
      const parsed = numbers.safeParse(answer);
      if (!parsed.success) throw new AnswerError('no numbers');
      return parsed.data;
    },
    accepted: (value) => accepted.push(value),
  });
  try {
    await run(watch, consul, accepted);
  } finally {
    await watch.stop();
    await consul.stop();
  }
}

const good: FakeAnswer = { body: '[1]', index: '5' };
const better: FakeAnswer = { body: '[1,2]', index: '6' };

describe('ConsulWatch', () => {
  test('asks again from the index of the last answer, and takes what comes', () =>
    watching([good, better], async (watch, consul) => {
      await eventually(() => assert.deepEqual(watch.value, [1, 2]));
      await eventually(() => assert.deepEqual(consul.asked, [undefined, '5', '6']));
      assert.equal(watch.status.failures, 0);
    }));

  const bad: Record<string, FakeAnswer> = {
    'an error of Consul': { status: 500, body: 'No cluster leader', index: '7' },
    'a refusal': { status: 403, body: 'Permission denied', index: '7' },
    'a page that is not found': { status: 404, body: '', index: '7' },
    'half of an answer': { body: '[1,2', index: '7' },
    'an empty answer': { body: '', index: '7' },
    'an answer of another shape': { body: '{"numbers":[3]}', index: '7' },
    'wrong types': { body: '["3"]', index: '7' },
    null: { body: 'null', index: '7' },
    'an index that is no number': { body: '[3]', index: 'seven' },
    'an index that went back': { body: '[3]', index: '4' },
  };
  for (const [what, answer] of Object.entries(bad)) {
    test(`keeps the last good value through ${what}, and asks anew without an index`, () =>
      watching([good, answer], async (watch, consul, accepted) => {
        await eventually(() => assert.equal(consul.asked.length, 3));
        assert.deepEqual(watch.value, [1]);
        assert.equal(watch.status.failures, 1);
        assert.ok(watch.status.lastError);
        assert.deepEqual(consul.asked, [undefined, '5', undefined]);
        consul.answer(better);
        await eventually(() => assert.deepEqual(accepted, [[1], [1, 2]]));
        assert.equal(watch.status.failures, 0);
        assert.equal(watch.status.lastError, undefined);
      }));
  }

  test('has no value before the first good answer, and gets one from the next', () =>
    watching([{ status: 500 }, { body: '{}' }, good], async (watch) => {
      await eventually(() => assert.deepEqual(watch.value, [1]));
    }));

  test('takes an index of 0, or none, for 1: it would not block', () =>
    watching([{ body: '[1]', index: '0' }, { body: '[2]' }], async (watch, consul) => {
      await eventually(() => assert.deepEqual(consul.asked, [undefined, '1', '1']));
      assert.deepEqual(watch.value, [2]);
    }));

  test('a Consul that holds to a lower index is believed after a while', () =>
    watching([good], async (watch, consul) => {
      await eventually(() => assert.deepEqual(watch.value, [1]));
      const started = performance.now();
      consul.answer(...Array.from({ length: 20 }, () => ({ body: '[3]', index: '2' })));
      await eventually(() => assert.deepEqual(watch.value, [3]));
      assert.ok(performance.now() - started >= 300);
      assert.equal(watch.status.index, '2');
    }));

  test('a Consul that never blocks is not asked in a busy loop', () =>
    watching([], async (_watch, consul) => {
      consul.answer(...Array.from({ length: 1_000 }, () => good));
      const started = performance.now();
      await eventually(() => assert.ok(consul.asked.length >= 25));
      // 20 at once, and 10 a second from then on.
      assert.ok(performance.now() - started > 400, `${performance.now() - started} ms`);
    }));

  test('survives a Consul that is away', async () => {
    const consul = await FakeConsul.start();
    await consul.stop();
    let failed = 0;
    const watch = new ConsulWatch<unknown>({
      client: consul.client,
      path: '/numbers',
      log,
      parse: (answer) => answer,
      accepted: () => assert.fail('nothing was answered'),
      attempted: (error) => {
        if (error) failed += 1;
      },
    });
    await eventually(() => assert.ok(failed >= 2));
    await watch.stop();
  });
});
