import {
  type DescField,
  type DescMessage,
  type FileRegistry,
  ScalarType,
} from '@bufbuild/protobuf';
import { ACCESS, type AccessRule, asksForPrincipal } from './AccessRule.ts';
import type { EventContract } from './EventContract.ts';
import type { MethodContract } from './MethodContract.ts';
import type {
  EventRoomContract,
  RoomContract,
  RoomEvent,
  SnapshotContract,
  StateRoomContract,
} from './RoomContract.ts';
import { readOption } from './readOption.ts';

/** weft.rooms.v1.StateRoom as a dynamic message. */
interface StateRoom {
  readonly room: string;
  readonly emit: string;
}

/** weft.rooms.v1.SnapshotRoom as a dynamic message. */
type SnapshotRoom = Pick<StateRoom, 'room'>;

/** weft.rooms.v1.EventRoom as a dynamic message. */
interface EventRoom extends StateRoom {
  readonly access: number;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly own: boolean;
}

/** A word, and perhaps a field. */
const PATTERN = /^([a-z][a-z0-9_-]*)(?::\{([a-z][a-z0-9_]*)\})?$/;
const EMIT = /^[a-z][a-z0-9_-]*(:[a-z][a-z0-9_-]*)*$/;
/** Events that Socket.IO has for itself, and the gateway's own. */
const TAKEN = new Set([
  ...['connect', 'connect_error', 'disconnect', 'disconnecting'],
  ...['joined', 'reload'],
]);

/**
 * The rooms of all contracts, by their words.
 *
 * @throws Error that names the contract: for a pattern of another form or of a field that there is not, for a word or an
 * access that another contract gives otherwise, and for a method that cannot feed a room, or answer its snapshot.
 */
export function readRooms(
  registry: FileRegistry,
  methods: readonly MethodContract[],
  events: ReadonlyMap<string, EventContract>,
): ReadonlyMap<string, RoomContract> {
  const rooms = new Map<string, RoomContract>();
  for (const [method, said] of optionsOf<StateRoom>(registry, methods, 'weft.rooms.v1.state')) {
    const room = stateRoom(method, said);
    if (rooms.has(room.word)) throw new Error(`${method.path}: room "${room.word}" is there twice`);
    rooms.set(room.word, room);
  }
  for (const event of events.values()) {
    for (const said of readOption<EventRoom[]>(event.message, registry, 'weft.rooms.v1.event') ??
      []) {
      const room = eventRoom(event, said);
      rooms.set(room.word, join(rooms.get(room.word), room, event.type));
    }
  }
  const snapshots = optionsOf<SnapshotRoom>(registry, methods, 'weft.rooms.v1.snapshot');
  for (const [method, { room: pattern }] of snapshots) {
    const { word, snapshot } = readSnapshot(method, pattern);
    rooms.set(word, begin(rooms.get(word), snapshot, pattern));
  }
  return rooms;
}

function* optionsOf<Said>(
  registry: FileRegistry,
  methods: readonly MethodContract[],
  option: string,
): Generator<[MethodContract, Said]> {
  for (const method of methods) {
    const described = registry.getService(method.service)?.methods;
    const own = described?.find(({ name }) => name === method.name);
    const said = own && readOption<Said>(own, registry, option);
    if (said) yield [method, said];
  }
}

function stateRoom(method: MethodContract, { room, emit }: StateRoom): StateRoomContract {
  const { path, access, roles, scopes, allowsServices, input, output } = method;
  const { word, field } = readPattern(path, room, input);
  if (!method.responseStream || method.requestStream) {
    throw new Error(`${path}: a room is fed by a method that streams its answers alone`);
  }
  const rule = { access, roles, scopes, allowsServices };
  if (asksForPrincipal(rule) && !allowsServices) {
    throw new Error(`${path}: a room is fed by one call for all, which needs allow_services`);
  }
  return {
    kind: 'state',
    ...{ pattern: room, word, isNamed: field !== undefined, access: rule, method, field },
    emit: readEmit(path, emit),
    after: text(path, input, 'after'),
    revision: text(path, output, 'revision'),
  };
}

function eventRoom(
  event: EventContract,
  { room, emit, access, roles, scopes, own }: EventRoom,
): EventRoomContract {
  const { type, message } = event;
  const { word, field } = readPattern(type, room, message);
  if (own && !field) throw new Error(`${type}: room "${room}" is nobody's own: it names no field`);
  // The numbers begin at 1; 0 says nothing.
  const rule: AccessRule = {
    ...{ access: ACCESS[access - 1] ?? 'internal', roles, scopes, allowsServices: false },
  };
  if (own && !asksForPrincipal(rule)) {
    throw new Error(`${type}: room "${room}" is somebody's own, and asks for nobody (access)`);
  }
  const told: RoomEvent = { event, emit: readEmit(type, emit), field };
  return {
    kind: 'events',
    ...{ pattern: room, word, isNamed: field !== undefined, access: rule, own, events: [told] },
    snapshot: undefined,
  };
}

function readSnapshot(
  method: MethodContract,
  pattern: string,
): { word: string; snapshot: SnapshotContract } {
  const { path, input, output, requestStream, responseStream, idempotency } = method;
  if (requestStream || responseStream || idempotency !== 'no_side_effects') {
    throw new Error(`${path}: a snapshot is answered by a method that reads (NO_SIDE_EFFECTS)`);
  }
  const { word, field } = readPattern(path, pattern, input);
  return { word, snapshot: { method, field, asOf: text(path, output, 'as_of') } };
}

/** A room with its snapshot. */
function begin(
  room: RoomContract | undefined,
  snapshot: SnapshotContract,
  pattern: string,
): EventRoomContract {
  const { path, meshService } = snapshot.method;
  if (room?.kind !== 'events' || room.isNamed !== (snapshot.field !== undefined)) {
    throw new Error(`${path}: no events are told in a room "${pattern}"`);
  }
  if (!room.events.some(({ event }) => event.publisher === meshService)) {
    throw new Error(`${path}: none of the events of room "${pattern}" is of the same service`);
  }
  if (room.snapshot) throw new Error(`${path}: room "${pattern}" has another snapshot`);
  return { ...room, snapshot };
}

/** One room of what two events say of it. */
function join(
  known: RoomContract | undefined,
  room: EventRoomContract,
  type: string,
): RoomContract {
  if (!known) return room;
  const same =
    known.kind === 'events' &&
    known.isNamed === room.isNamed &&
    known.own === room.own &&
    JSON.stringify(known.access) === JSON.stringify(room.access);
  if (!same) throw new Error(`${type}: room "${room.word}" is another one in another contract`);
  return { ...known, events: [...known.events, ...room.events] };
}

function readPattern(
  what: string,
  pattern: string,
  message: DescMessage,
): { word: string; field: DescField | undefined } {
  const [, word, name] = PATTERN.exec(pattern) ?? [];
  if (word === undefined) {
    throw new Error(
      `${what}: room "${pattern}" is no word, nor a word and a field: "user:{user_id}"`,
    );
  }
  return { word, field: name === undefined ? undefined : text(what, message, name) };
}

function readEmit(what: string, emit: string): string {
  if (EMIT.test(emit) && !TAKEN.has(emit)) return emit;
  throw new Error(`${what}: "${emit}" cannot be the name of an event, such as "order:created"`);
}

function text(what: string, message: DescMessage, name: string): DescField {
  const field = message.fields.find((each) => each.name === name);
  if (field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) return field;
  throw new Error(`${what}: a room needs the string field "${name}" of ${message.typeName}`);
}
