import type { DescField } from '@bufbuild/protobuf';
import type { AccessRule } from './AccessRule.ts';
import type { EventContract } from './EventContract.ts';
import type { MethodContract } from './MethodContract.ts';

/** Rooms of one kind that clients of the socket gateway join, as contracts declare them. */
export type RoomContract = StateRoomContract | EventRoomContract;

interface CommonRoomContract {
  /** As declared, such as "asset:{asset_symbol}". */
  readonly pattern: string;
  /** Before the colon: no other kind of rooms has it. */
  readonly word: string;
  /** Whether there is a room for each value of a field, such as "asset:SP500"; else there is one, named by the word. */
  readonly isNamed: boolean;
  readonly access: AccessRule;
}

/** A room that is told the state of something, now and after each change. */
export interface StateRoomContract extends CommonRoomContract {
  readonly kind: 'state';
  readonly method: MethodContract;
  /** Name of the Socket.IO event. */
  readonly emit: string;
  /** Of the request: holds what a room is named by. */
  readonly field: DescField | undefined;
  /** Of the request: holds the revision that is known already. */
  readonly after: DescField;
  /** Of the response. */
  readonly revision: DescField;
}

/** A room that is told events, each of them. */
export interface EventRoomContract extends CommonRoomContract {
  readonly kind: 'events';
  /** Whether only he may join whose id the room is named by. */
  readonly own: boolean;
  readonly events: readonly RoomEvent[];
  /** What is to be known before the events mean something; undefined: nothing is told of it. */
  readonly snapshot: SnapshotContract | undefined;
}

/** A method that answers what a room's events have led to. */
export interface SnapshotContract {
  readonly method: MethodContract;
  /** Of the request: holds what a room is named by. */
  readonly field: DescField | undefined;
  /** Of the response: which events are in it. */
  readonly asOf: DescField;
}

/** An event, and how it is told in a room. */
export interface RoomEvent {
  readonly event: EventContract;
  /** Name of the Socket.IO event. */
  readonly emit: string;
  /** Of the event: holds what a room is named by. */
  readonly field: DescField | undefined;
}
