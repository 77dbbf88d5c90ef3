import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ThreadPool } from './ThreadPool.ts';

const script = new URL('testing/sampleThread.ts', import.meta.url);
type Answer = { readonly square: number; readonly thread: number };
let pool: ThreadPool<number, Answer>;
const open = (timeoutMs = 30_000) => {
  pool = new ThreadPool({ script, size: 2, timeoutMs });
};
afterEach(() => pool.close());

test('tasks are shared among the threads, and each caller has the answer to his own', async () => {
  open();
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const answers = await Promise.all(numbers.map((number) => pool.run(number)));
  assert.deepEqual(
    answers.map(({ square }) => square),
    numbers.map((number) => number * number),
  );
  assert.equal(new Set(answers.map(({ thread }) => thread)).size, 2);
});

test('a task that throws, ends its thread or does not end fails alone, and the work goes on', async () => {
  open(3_000);
  const outcomes = await Promise.allSettled([13, 99, 100, 5, 6, 7].map((each) => pool.run(each)));
  const reasons = outcomes.map((each) =>
    each.status === 'rejected' ? String(each.reason) : String(each.value.square),
  );
  assert.deepEqual(reasons, [
    'RangeError: unlucky',
    'Error: a thread has ended (7) in the middle of a task',
    'Error: a task has not ended within 3000 ms',
    ...['25', '36', '49'],
  ]);
});

test('who closes leaves nobody waiting', async () => {
  open();
  const waiting = [1, 2, 3, 4].map((each) => pool.run(each));
  const settled = Promise.allSettled(waiting);
  await pool.close();
  await settled;
  await assert.rejects(pool.run(1), /ended/);
});
