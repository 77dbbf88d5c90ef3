import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { headers } from '@nats-io/transport-node';
import { Contracts } from '@weft/mesh/contracts';
import { EventHeader } from '@weft/mesh/events';
import { eventually } from '@weft/mesh/testing/eventually';
import { Deposited } from '@weft/proto/testing/v1/ledger';
import { WebSocket } from 'ws';
import { limits } from './limits.ts';
import { Client } from './testing/Client.ts';
import { openSockets } from './testing/openSockets.ts';
import { revisions, States } from './testing/States.ts';

const contracts = Contracts.load();

/** A client that can be made to read nothing, in a room; and what it has received. */
async function bareClient(url: string, room: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const received: string[] = [];
  socket.on('message', (data) => received.push(String(data)));
  await eventually(() => assert.match(received[0] ?? '', /^0/));
  socket.send('40');
  await eventually(() => assert.match(received[1] ?? '', /^40/));
  socket.send(`420${JSON.stringify(['join', room])}`);
  await eventually(() => assert.ok(received.some((message) => message.startsWith('430'))));
  return { socket, received };
}

test('a slow client is told the newest state and not all those before it, and holds up nobody', async () => {
  const states = new States();
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using quick = await Client.open(sockets.url);
  await quick.join('asset:A');
  const { socket: slow, received } = await bareClient(sockets.url, 'asset:A');
  slow.pause();
  const count = 4_000;
  const filling = 'x'.repeat(16_384);
  for (let revision = 1; revision <= count; revision++) {
    states.put('A', revision, filling);
    await turn();
  }
  await eventually(() => assert.equal(revisions(quick).at(-1), count));
  slow.resume();
  await eventually(() => assert.match(received.at(-1) ?? '', new RegExp(`"offset":"${count}"`)));
  assert.ok(received.length < count / 2, `it was sent ${received.length}`);
  slow.terminate();
});

test('a slow client is told all events that are remembered, in order, and to load anew what is not', async () => {
  await using sockets = await openSockets({ contracts });
  sockets.eventRooms.begin('one', 0);
  // A name that makes them more than the buffers of a connection hold.
  const account = 'a'.repeat(200);
  const { socket: slow, received } = await bareClient(sockets.url, `testing-account:${account}`);
  let sequence = 0;
  const deposit = async (times: number) => {
    for (let number = 1; number <= times; number++) {
      sequence += 1;
      const head = headers();
      head.set(EventHeader.type, Deposited.$type);
      head.set(EventHeader.position, String(sequence));
      const data = Deposited.encode({ account, cents: 1, number }).finish();
      sockets.eventRooms.take({ sequence, headers: head, data });
      if (number % 100 === 0) await turn();
    }
  };
  const last = (text: string) =>
    eventually(() => assert.match(received.at(-1) ?? '', new RegExp(text)));
  slow.pause();
  await deposit(limits.rememberedEvents - 1);
  slow.resume();
  await last(`"number":"${limits.rememberedEvents - 1}"`);
  const numbers = received
    .flatMap((message) => /"number":"(\d+)"/.exec(message)?.[1] ?? [])
    .map(Number);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  slow.pause();
  await deposit(4 * limits.rememberedEvents);
  slow.resume();
  await last('^42."reload"');
  slow.terminate();
});
