import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../limits.ts';
import { MessageLimit } from './MessageLimit.ts';

test('a client sends so many at once, then so many a second, and is flooding when it does not mind', () => {
  let now = 0;
  const limit = new MessageLimit(() => now);
  const takes = (count: number) => Array.from({ length: count }, () => limit.take());
  assert.ok(takes(limits.messagesAtOnce).every(Boolean));
  assert.equal(limit.take(), false);
  now += 1_000;
  const taken = takes(limits.messagesPerSecond + 1);
  assert.deepEqual([taken.lastIndexOf(true), taken.at(-1)], [limits.messagesPerSecond - 1, false]);
  now += 3_600_000;
  assert.ok(takes(limits.messagesAtOnce).every(Boolean), 'an hour saves up no more');
  assert.equal(limit.isFlooded, false);
  takes(limits.refusals);
  assert.equal(limit.isFlooded, true);
});
