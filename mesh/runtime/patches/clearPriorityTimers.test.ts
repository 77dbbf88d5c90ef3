import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { countTimers, idlePriorityPolicy } from '../testing/priorityPolicy.ts';
import { applyPatch } from './applyPatches.ts';
import { clearPriorityTimers } from './clearPriorityTimers.ts';

test('a cluster that is gone is forgotten, with the connections that it had', async () => {
  const before = countTimers();
  await applyPatch(clearPriorityTimers, { log: memoryLogger([]) });
  const policy = idlePriorityPolicy();
  assert.ok(countTimers() > before);
  policy.destroy();
  assert.equal(countTimers(), before);
});
