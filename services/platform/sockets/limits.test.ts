import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { WebSocket } from 'ws';
import { limits } from './limits.ts';
import { Client } from './testing/Client.ts';
import { openSockets } from './testing/openSockets.ts';
import { revisions, States } from './testing/States.ts';

const contracts = Contracts.load();

test('a WebSocket that says nothing is closed, and one that has spoken is not', async () => {
  await using sockets = await openSockets({ contracts });
  using client = await Client.open(sockets.url, { reconnection: false });
  const silent = new WebSocket(
    `${sockets.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
  );
  await once(silent, 'close');
  assert.equal(sockets.server.size, 1);
  assert.equal(client.socket.connected, true);
});

test('an instance that has as many rooms as it can opens no other, and lets in who joins one of those', async () => {
  await using sockets = await openSockets({ contracts });
  sockets.eventRooms.begin('one', 0);
  using client = await Client.open(sockets.url);
  const room = 'testing-account:first';
  await client.join(room);
  for (let number = sockets.rooms.size; number < limits.rooms; number++) {
    sockets.rooms.use(`testing-account:${number}`, undefined);
  }
  using other = await Client.open(sockets.url);
  assert.equal((await other.join('testing-account:more')).error?.reason, 'ROOM_LIMIT');
  assert.equal((await other.join(room)).error, undefined);
});

test('nobody is in more rooms than he may be, and who floods the gateway is closed', async () => {
  const states = new States();
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  const answers: string[] = [];
  const closed = once(client.socket as never, 'disconnect');
  for (let room = 0; room < 10_000; room++) {
    client.socket.emit('join', `asset:${room}`, null, (answer: { error?: { reason: string } }) =>
      answers.push(answer.error?.reason ?? 'in'),
    );
  }
  assert.deepEqual(await closed, ['io server disconnect', undefined]);
  const of = (what: string) => answers.filter((answer) => answer === what).length;
  assert.ok(of('in') <= limits.roomsOfSocket);
  assert.ok(of('MESSAGE_LIMIT') > 0);
  await eventually(() => assert.equal(sockets.rooms.size, 0));
  using other = await Client.open(sockets.url);
  const all = Array.from({ length: limits.roomsOfSocket }, (_, room) => `asset:${room}`);
  await Promise.all(all.map((room) => other.join(room)));
  assert.equal((await other.join('asset:more')).error?.reason, 'ROOM_LIMIT');
  assert.equal((await other.join('asset:1')).error, undefined, 'the same once more');
});

test('a message of 10 MB closes its socket, and the others go on', async () => {
  const states = new States();
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using other = await Client.open(sockets.url);
  await other.join('asset:A');
  using client = await Client.open(sockets.url, { reconnection: false });
  const closed = once(client.socket as never, 'disconnect');
  client.socket.emit('join', 'x'.repeat(10 * 1_048_576));
  await closed;
  states.put('A', 1);
  await eventually(() => assert.deepEqual(revisions(other), [1]));
});
