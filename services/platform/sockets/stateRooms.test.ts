import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { eventually } from '@weft/mesh/testing/eventually';
import { Client } from './testing/Client.ts';
import { openSockets } from './testing/openSockets.ts';
import { revisions, States } from './testing/States.ts';

const contracts = Contracts.load();

test('who joins is told the state, and then each change, by one call for all in the room', async () => {
  const states = new States();
  states.put('A', 7);
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using one = await Client.open(sockets.url);
  using two = await Client.open(sockets.url);
  const joined = await one.join('asset:A');
  assert.deepEqual(joined, {
    ...{ room: 'asset:A', epoch: 'state', offset: '7' },
    snapshot: { summary: { assetSymbol: 'A', count: '7' }, revision: '7' },
  });
  await two.join('asset:A');
  states.put('A', 8);
  await eventually(() => assert.deepEqual([revisions(one), revisions(two)], [[8], [8]]));
  assert.deepEqual(one.told[0], {
    event: 'asset:updated',
    payload: { summary: { assetSymbol: 'A', count: '8' }, revision: '8' },
    at: { room: 'asset:A', epoch: 'state', offset: '8' },
  });
  assert.deepEqual(await one.socket.emitWithAck('leave', 'asset:A'), {});
  states.put('A', 9);
  await eventually(() => assert.deepEqual(revisions(two), [8, 9]));
  assert.deepEqual(revisions(one), [8]);
  assert.equal(states.calls.length, 1);
  two.socket.disconnect();
  await eventually(() => assert.equal(states.calls[0]?.isOpen, false));
  assert.equal(sockets.rooms.size, 0);
});

test('who comes back with the newest state is told nothing, with an older one the newest, with another epoch all anew', async () => {
  const states = new States();
  states.put('A', 7);
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  const known = await client.join('asset:A', { epoch: 'state', offset: '7' });
  assert.deepEqual([known.recovered, known.snapshot], [true, undefined]);
  const older = await client.join('asset:A', { epoch: 'state', offset: '3' });
  assert.equal(older.recovered, true);
  await eventually(() => assert.deepEqual(revisions(client), [7]));
  const other = await client.join('asset:A', { epoch: 'other', offset: '7' });
  assert.equal(other.recovered, false);
  assert.equal(other.snapshot?.revision, '7');
  assert.deepEqual(revisions(client), [7]);
});

test('a room whose service is away goes on when it is back, from what is known', async () => {
  const states = new States();
  states.put('A', 1);
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  await client.join('asset:A');
  states.fail();
  states.put('A', 2);
  await eventually(() => assert.deepEqual(revisions(client), [2]));
  assert.equal(states.calls[1]?.after, '1');
});

test('a room of which there is no state yet can be joined, and its first state is told', async () => {
  const states = new States();
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  assert.equal((await client.join('asset:A')).snapshot, null);
  states.put('A', 1);
  await eventually(() => assert.deepEqual(revisions(client), [1]));
});

test('who joins the room of what there is not is told so, however late that is known, and need not try again', async () => {
  const states = new States();
  states.put('A', 1);
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  const reloads: string[] = [];
  client.socket.on('reload', ({ room }) => reloads.push(room));
  // Its service has taken the call, and says nothing at first.
  assert.equal((await client.join('asset:LATE')).snapshot, null);
  await client.join('asset:A');
  for (const symbol of ['LATE', 'A']) states.refuse(symbol);
  await eventually(() => assert.deepEqual(reloads.sort(), ['asset:A', 'asset:LATE']));
  for (const room of reloads) {
    const { error } = await client.join(room);
    assert.deepEqual([error?.code, error?.reason], ['NOT_FOUND', 'ASSET_UNKNOWN']);
  }
  states.refuse('NONE');
  assert.equal((await client.join('asset:NONE')).error?.code, 'NOT_FOUND');
  // Nothing asks for them while nobody does.
  await eventually(() => assert.deepEqual([sockets.rooms.size, states.calls.length], [0, 2]));
});

test('who leaves a room, or joins it once more, while he is on the way is told what has become of it', async () => {
  const states = new States();
  await using sockets = await openSockets({ contracts, callStates: states.call });
  using client = await Client.open(sockets.url);
  const [first, second] = [client.join('asset:A'), client.join('asset:A')];
  assert.equal((await first).error?.code, 'ABORTED');
  assert.equal((await second).error, undefined);
  states.put('A', 1);
  await eventually(() => assert.deepEqual(revisions(client), [1]));
  const [third] = [client.join('asset:B'), client.socket.emit('leave', 'asset:B')];
  assert.equal((await third).error?.code, 'ABORTED');
});
