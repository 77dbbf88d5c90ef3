import type { Registry } from '@bufbuild/protobuf';
import type { RoomContract, StateRoomContract } from '@weft/mesh/contracts';
import { authorize, errorInfo, type Principal, RpcError, Status } from '@weft/mesh/runtime';
import type { Log } from '../../../kit/Log.ts';
import { limits } from '../limits.ts';
import { EventFeed } from './EventFeed.ts';
import type { EventRooms } from './EventRooms.ts';
import type { Feed } from './Feed.ts';
import { Room } from './Room.ts';
import { type CallSnapshot, readSnapshot } from './readSnapshot.ts';
import { SocketReason } from './SocketReason.ts';
import { type CallStates, StateFeed } from './StateFeed.ts';

export interface RoomsOptions {
  readonly contracts: ReadonlyMap<string, RoomContract>;
  readonly registry: Registry;
  readonly eventRooms: EventRooms;
  /** How the method that feeds a kind of rooms is called. */
  readonly callOf: (contract: StateRoomContract) => CallStates;
  readonly callSnapshot: CallSnapshot;
  readonly log: Log;
}

interface OpenRoom {
  readonly room: Room;
  /** Those who are in it or on their way. */
  users: number;
}

/** A room is fed a while longer: its members may all be coming back from another connection. */
const LINGER_MS = 2_000;

/** The rooms that somebody is in at this instance, by their names. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #open = new Map<string, OpenRoom>();

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether contracts declare a room of this name that has no other part. */
  isDeclared(word: string): boolean {
    return this.#options.contracts.get(word)?.isNamed === false;
  }

  /**
   * A room, for as long as it is used: release() ends that.
   *
   * @param principal Who wants to be in it.
   * @throws RpcError NOT_FOUND when no contract declares it, UNAUTHENTICATED or PERMISSION_DENIED for who may not join,
   *   RESOURCE_EXHAUSTED when the instance has as many as it can.
   */
  use(name: string, principal: Principal | undefined): Room {
    const colon = name.indexOf(':');
    const word = colon < 0 ? name : name.slice(0, colon);
    const value = colon < 0 ? '' : name.slice(colon + 1);
    const contract = this.#options.contracts.get(word);
    if (!contract || name.length > limits.roomName || contract.isNamed !== value > '') {
      throw new RpcError(Status.NOT_FOUND, 'there is no such room', {
        details: [errorInfo(SocketReason.ROOM_UNKNOWN)],
      });
    }
    authorize(contract.access, principal, () => undefined);
    if (contract.kind === 'events' && contract.own && principal?.subject !== value) {
      throw new RpcError(Status.PERMISSION_DENIED, 'the room is somebody else’s', {
        details: [errorInfo(SocketReason.ROOM_NOT_OWN)],
      });
    }
    const open = this.#open.get(name) ?? this.#begin(name, value, contract);
    open.users += 1;
    return open.room;
  }

  release(room: Room): void {
    const open = this.#open.get(room.name);
    if (open?.room !== room) return;
    open.users -= 1;
    if (open.users === 0) setTimeout(() => this.#end(open), LINGER_MS).unref();
  }

  /** Events have been told: in these rooms, or undefined, nobody knows in which. */
  tell(names: readonly string[] | undefined): void {
    if (names) for (const name of names) this.#open.get(name)?.room.tell();
    else for (const { room } of this.#open.values()) room.tell();
  }

  close(): void {
    for (const { room } of this.#open.values()) room.feed.close();
    this.#open.clear();
  }

  #begin(name: string, value: string, contract: RoomContract): OpenRoom {
    if (this.#open.size >= limits.rooms) {
      throw new RpcError(Status.RESOURCE_EXHAUSTED, 'there are too many rooms', {
        details: [errorInfo(SocketReason.ROOM_LIMIT)],
      });
    }
    const open = { room: new Room(name, this.#feed(name, value, contract)), users: 0 };
    this.#open.set(name, open);
    return open;
  }

  #feed(name: string, value: string, contract: RoomContract): Feed {
    const { eventRooms, registry, callOf, callSnapshot, log } = this.#options;
    if (contract.kind === 'events') {
      const { snapshot } = contract;
      const read = snapshot && (() => readSnapshot(snapshot, value, callSnapshot, registry));
      return new EventFeed(name, eventRooms, read);
    }
    return new StateFeed({
      ...{ room: name, value, contract, registry, log, call: callOf(contract) },
      onUpdate: () => this.#open.get(name)?.room.tell(),
    });
  }

  #end(open: OpenRoom): void {
    const { name, feed } = open.room;
    if (open.users > 0 || this.#open.get(name) !== open) return;
    this.#open.delete(name);
    feed.close();
  }
}
