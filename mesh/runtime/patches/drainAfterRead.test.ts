import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callBeforeDrain } from '../testing/callBeforeDrain.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { drainAfterRead } from './drainAfterRead.ts';

test('a call that has reached a server when it drains the connection is served', async () => {
  await applyPatch(drainAfterRead, { log: memoryLogger([]) });
  assert.equal(await callBeforeDrain(), '0');
});
