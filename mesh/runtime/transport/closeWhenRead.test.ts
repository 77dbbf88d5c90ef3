import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import { callBeforeDrain } from '../testing/callBeforeDrain.ts';
import { closeWhenRead } from './closeWhenRead.ts';

closeWhenRead(Server as never);

test('a call that has reached a server when it drains the connection is served', async () => {
  assert.equal(await callBeforeDrain(), '0');
});
