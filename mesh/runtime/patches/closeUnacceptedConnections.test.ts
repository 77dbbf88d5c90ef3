import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { killBeforeAccept } from '../testing/killBeforeAccept.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { closeUnacceptedConnections } from './closeUnacceptedConnections.ts';

test('a caller whose connection a worker was to take when it died can connect again', async (t) => {
  await applyPatch(closeUnacceptedConnections, { log: memoryLogger([]) });
  const socket = await killBeforeAccept(t);
  await eventually(() => assert.ok(socket.closed), 60_000);
});
