import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type Message, toBinary } from '@bufbuild/protobuf';
import { headers } from '@nats-io/transport-node';
import { Contracts } from '@weft/mesh/contracts';
import { EventHeader } from '@weft/mesh/events';
import { eventually } from '@weft/mesh/testing/eventually';
import { contractsOf } from '../../../mesh/contracts/testing/contractsOf.ts';
import { Latest } from '../../kit/Latest.ts';
import { Client } from './testing/Client.ts';
import { openSockets } from './testing/openSockets.ts';

const contracts = Contracts.load();

test('each socket is told of `general` without joining it', async () => {
  const declared = contractsOf(`message Announced {
    option (weft.events.v1.event) = {subject: "news.announced" key: "id"};
    option (weft.rooms.v1.event) = {room: "general" emit: "news:announced" access: ACCESS_PUBLIC};
    string id = 1; }`);
  await using sockets = await openSockets({ contracts: declared });
  sockets.eventRooms.begin('one', 0);
  using client = await Client.open(sockets.url);
  const announced = declared.events.get('one.v1.Announced');
  assert.ok(announced);
  const head = headers();
  head.set(EventHeader.type, announced.type);
  const data = toBinary(announced.message, create(announced.message, { id: 'a' } as never));
  let sequence = 0;
  await eventually(() => {
    sequence += 1;
    head.set(EventHeader.position, String(sequence));
    sockets.eventRooms.take({ sequence, headers: head, data });
    assert.ok(client.general.length > 0);
  });
  const { event, payload, at } = client.general[0] ?? {};
  assert.deepEqual([event, payload, at?.room], ['news:announced', { id: 'a' }, 'general']);
});

test('each socket has the snapshot of `general` before it is told what is new there', async () => {
  const market = contracts.rooms.get('general');
  assert.ok(market?.kind === 'state');
  const state = (ticks: number) =>
    create(market.method.output, { tickCount: BigInt(ticks), revision: String(ticks) } as never);
  const stream = new Latest<Message>();
  stream.put(state(7));
  await using sockets = await openSockets({ contracts, callStates: () => stream });
  using client = await Client.open(sockets.url);
  await eventually(() => assert.ok(client.joined));
  assert.deepEqual(client.joined, {
    ...{ room: 'general', epoch: 'state', offset: '7' },
    snapshot: { tickCount: '7', revision: '7' },
  });
  stream.put(state(8));
  await eventually(() => assert.equal(client.general.at(-1)?.at.offset, '8'));
  assert.deepEqual(client.general[0]?.event, 'market:updated');
});
