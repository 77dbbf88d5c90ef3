import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { killBeforeAccept } from '../testing/killBeforeAccept.ts';
import { closeLostConnections } from './closeLostConnections.ts';

test('a caller whose connection a worker was to take when it died can connect again', async (t) => {
  const socket = await killBeforeAccept(t, closeLostConnections);
  await eventually(() => assert.ok(socket.closed), 60_000);
});
