import type { Feed } from './Feed.ts';
import type { Position, Update } from './Update.ts';

/** Who is in a room, as far as the room is concerned. */
export interface Listener {
  /** Whether all that it was sent has left: one that is slow is sent more when it has. */
  readonly isFree: boolean;
  send(update: Update): void;
  /** Has the seat called again (`catchUp`) when the listener is free. */
  whenFree(seat: Seat): void;
  /** What comes next in the room is not known: it has to be joined anew. */
  reload(room: string): void;
}

/** Updates that one seat is sent at once; the rest follows when they have left. */
const AT_ONCE = 100;

/** A room that somebody is in at this instance. */
export class Room {
  readonly name: string;
  readonly feed: Feed;
  readonly #seats = new Set<Seat>();

  constructor(name: string, feed: Feed) {
    this.name = name;
    this.feed = feed;
  }

  /** @param position What the listener has been told up to. */
  sit(listener: Listener, position: Position): Seat {
    const seat = new Seat(this, listener, position);
    this.#seats.add(seat);
    seat.catchUp();
    return seat;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
  }

  /** The feed has something new. */
  tell(): void {
    for (const seat of this.#seats) seat.tell();
  }
}

/** The place of one listener in a room: how far it has been told. */
export class Seat {
  readonly room: Room;
  readonly #listener: Listener;
  #position: Position;
  #waits = false;

  constructor(room: Room, listener: Listener, position: Position) {
    this.room = room;
    this.#listener = listener;
    this.#position = position;
  }

  /** There is something new: it is sent now, or when what was sent before has left. */
  tell(): void {
    if (this.#waits) return;
    if (this.#listener.isFree) this.catchUp();
    else this.#wait();
  }

  /** Sends what has not been sent. Nothing is kept for a listener: of a state he gets the newest, of events those remembered. */
  catchUp(): void {
    this.#waits = false;
    const { feed, name } = this.room;
    const updates = feed.after(this.#position, AT_ONCE);
    if (!updates) {
      this.room.leave(this);
      this.#listener.reload(name);
      return;
    }
    for (const update of updates) {
      this.#listener.send(update);
      this.#position = update.position;
    }
    if (updates.length === AT_ONCE) this.#wait();
  }

  #wait(): void {
    this.#waits = true;
    this.#listener.whenFree(this);
  }
}
