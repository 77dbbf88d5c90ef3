import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { shakeHandsAfterDrain } from '../testing/shakeHandsAfterDrain.ts';
import { applyPatch } from './applyPatches.ts';
import { endConnectionsAfterDrain } from './endConnectionsAfterDrain.ts';

test('who waits with the handshake until the rules have changed is not served by the old ones', async (t) => {
  await applyPatch(endConnectionsAfterDrain, { log: memoryLogger([]) });
  assert.equal(await shakeHandsAfterDrain(t), false);
});
