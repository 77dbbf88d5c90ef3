import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contracts } from './Contracts.ts';
import { contractsOf } from './testing/contractsOf.ts';

const event = (
  name: string,
  rooms: string,
  fields = 'string id = 1; string user = 2;',
) => `message ${name} {
  option (weft.events.v1.event) = {subject: "order.${name.toLowerCase()}" key: "id"}; ${rooms} ${fields} }`;
const told = (room: string, more = 'access: ACCESS_PUBLIC') =>
  `option (weft.rooms.v1.event) = {room: "${room}" emit: "order:made" ${more}};`;
const method = (options: string, answer = 'stream State') => `service S {
  rpc Watch(Ask) returns (${answer}) { option (weft.rooms.v1.state) = {room: "order:{id}" emit: "order:made"}; ${options} } }
  message Ask { string id = 1; string after = 2; } message State { string revision = 1; }`;

test('a room says who may join, and what is told there', () => {
  const { rooms } = Contracts.load();
  const asset = rooms.get('asset');
  assert.ok(asset?.kind === 'state');
  assert.equal(asset.access.access, 'public');
  assert.equal(asset.method.path, '/market.v1.AnalyticsService/WatchAsset');
  const user = rooms.get('user');
  assert.ok(user?.kind === 'events' && user.own);
  assert.equal(user.access.access, 'user');
  const emitted = user.events.map(({ event, emit }) => `${event.subject} ${emit}`);
  assert.ok(emitted.includes('identity.user_password_changed account:password_changed'));
});

test('an event is told in several rooms, and several events in one', () => {
  const { rooms } = contractsOf(
    event('A', told('general') + told('user:{user}', 'access: ACCESS_USER own: true')) +
      event('B', told('general')),
  );
  const general = rooms.get('general');
  assert.ok(general?.kind === 'events' && !general.isNamed);
  assert.deepEqual(
    general.events.map(({ event }) => event.type),
    ['one.v1.A', 'one.v1.B'],
  );
  assert.equal(rooms.get('user')?.isNamed, true);
});

const reading = (room: string, more = 'option idempotency_level = NO_SIDE_EFFECTS;') => `service R {
  option (weft.policy.v1.service) = {mesh_service: "order"};
  rpc Read(Which) returns (All) { option (weft.rooms.v1.snapshot) = {room: "${room}"}; ${more} } }
  message Which { string id = 1; } message All { string as_of = 1; }`;

test('a method answers the snapshot of a room of its events', () => {
  const { rooms } = contractsOf(event('A', told('a:{id}')) + reading('a:{id}'));
  const room = rooms.get('a');
  assert.ok(room?.kind === 'events');
  const { method, field, asOf } = room.snapshot ?? {};
  assert.deepEqual([method?.path, field?.name, asOf?.name], ['/one.v1.R/Read', 'id', 'as_of']);
});

test('a room without a word about who may join is nobody’s', () => {
  assert.equal(contractsOf(event('A', told('a', ''))).rooms.get('a')?.access.access, 'internal');
});

test('a room that could not be joined or fed as it says is refused by name', () => {
  for (const [contract, expected] of [
    [event('A', told('no room')), /one\.v1\.A: room "no room" is no word/],
    [event('A', told('a:{none}')), /one\.v1\.A: .*"none" of one\.v1\.A/],
    [event('A', told('a:{id}'), 'int64 id = 1;'), /one\.v1\.A: .*string field "id"/],
    [event('A', told('a', 'access: ACCESS_USER own: true')), /one\.v1\.A: .*names no field/],
    [
      event('A', told('a:{id}', 'access: ACCESS_PUBLIC own: true')),
      /one\.v1\.A: .*asks for nobody/,
    ],
    [event('A', told('a').replace('order:made', 'disconnect')), /one\.v1\.A: "disconnect"/],
    [
      event('A', told('a')) + event('B', told('a', 'access: ACCESS_USER')),
      /one\.v1\.B: room "a" is another one in another contract/,
    ],
    [method('', 'State'), /\/one\.v1\.S\/Watch: .*streams its answers/],
    [
      method('option (weft.policy.v1.method) = {access: ACCESS_USER};'),
      /\/one\.v1\.S\/Watch: .*allow_services/,
    ],
    [
      method('').replace('string revision', 'int64 revision'),
      /Watch: .*"revision" of one\.v1\.State/,
    ],
    [method('').replace('string after', 'string since'), /Watch: .*"after" of one\.v1\.Ask/],
    [reading('a:{id}'), /R\/Read: no events are told in a room "a:\{id\}"/],
    [event('A', told('a:{id}')) + reading('a'), /R\/Read: no events are told in a room "a"/],
    [event('A', told('a')) + reading('a', ''), /R\/Read: .*NO_SIDE_EFFECTS/],
    [
      event('A', told('a')) + reading('a').replace('string as_of', 'int64 as_of'),
      /R\/Read: .*string field "as_of"/,
    ],
    [
      event('A', told('a')) + reading('a').replace('"order"', '"other"'),
      /R\/Read: none of the events of room "a"/,
    ],
    [method('') + event('A', told('order:{id}')), /one\.v1\.A: room "order" is another one/],
  ] as const) {
    assert.throws(() => contractsOf(contract).rooms, expected);
  }
});
