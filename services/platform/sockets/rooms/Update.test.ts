import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import * as ws from 'ws';
import { Update } from './Update.ts';

const { Receiver } = ws as unknown as { Receiver: new () => NodeJS.WritableStream };

test('an update of any length is one frame in one buffer, which a WebSocket reads as the event', async () => {
  for (const length of [1, 200, 70_000]) {
    const payload = 'ä'.repeat(length);
    const position = { epoch: 'e', offset: '7' };
    const { encoded } = new Update({ room: 'a:1', emit: 'a:told', payload, ...position });
    const { wsPreEncodedFrame: frames } = encoded.options;
    assert.equal(frames.length, 1);
    const receiver = new Receiver();
    const message = once(receiver, 'message');
    receiver.write(frames[0] as Buffer);
    const [data] = await message;
    const event = ['a:told', payload, { room: 'a:1', ...position }];
    assert.equal(String(data), `42${JSON.stringify(event)}`);
  }
});
