import { type AsOf, isIn } from '../../../kit/events/AsOf.ts';
import { type EventOffset, formatOffset, headOf, readOffset } from './EventOffset.ts';
import { type Position, Update, type UpdateParts } from './Update.ts';

/** An event as it is told in one room. */
export type ToldEvent = Omit<UpdateParts, 'epoch' | 'offset'>;

/** Where an event comes from: its place in an outbox. */
export interface Origin {
  readonly outbox: string;
  readonly place: number;
}

interface Entry {
  readonly sequence: number;
  readonly room: string;
  readonly origin: Origin;
  readonly update: Update;
}

/**
 * The latest events of all rooms, by their numbers in the stream that all instances read. So a position means the same at each
 * of them, and what has been told since is known without asking anybody.
 */
export class EventLog {
  readonly #most: number;
  readonly #rooms = new Map<string, Entry[]>();
  /** All that are told anywhere, each in its rooms, oldest first, from #first on. */
  #all: (readonly Entry[])[] = [];
  #first = 0;
  #epoch = '';
  #head = 0;
  #floor = 0;

  /** @param most Events that are remembered, of all rooms. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Of the stream that is read; empty while none is. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Number of the last event that is known: all up to it have been told. */
  get head(): number {
    return this.#head;
  }

  get position(): Position {
    return { epoch: this.#epoch, offset: String(this.#head) };
  }

  /** Begins with another stream, or further on in the same one: what comes after `floor` will be known. */
  begin(epoch: string, floor: number): void {
    this.#rooms.clear();
    this.#all = [];
    this.#first = 0;
    this.#epoch = epoch;
    this.#head = floor;
    this.#floor = floor;
  }

  /** Takes the next number, and what is told of it. */
  add(sequence: number, origin: Origin, told: readonly ToldEvent[]): void {
    this.#head = sequence;
    if (told.length === 0) return;
    const entries = told.map((each): Entry => {
      const update = new Update({ ...each, epoch: this.#epoch, offset: String(sequence) });
      return { sequence, room: each.room, origin, update };
    });
    for (const entry of entries) {
      const room = this.#rooms.get(entry.room);
      if (room) room.push(entry);
      else this.#rooms.set(entry.room, [entry]);
    }
    this.#all.push(entries);
    while (this.#all.length - this.#first > this.#most) this.#forget();
  }

  /** What a room has been told after a position, at most so many; undefined when that is not known (any more). */
  after(room: string, { epoch, offset }: Position, most: number): readonly Update[] | undefined {
    const from = readOffset(offset);
    if (epoch !== this.#epoch || !from || from.upTo < this.#floor) return undefined;
    // A number that no event has yet is not known to be of this stream.
    if (headOf(from) > this.#head) return undefined;
    const entries = this.#entriesAfter(room, from.upTo);
    if (from.besides.length === 0) return entries.slice(0, most).map(({ update }) => update);
    const besides = new Set(from.besides);
    return entries
      .filter(({ sequence }) => !besides.has(sequence))
      .slice(0, most)
      .map((entry) => afterSnapshot(entry, from));
  }

  /**
   * Where a member stands who has a snapshot, which was asked for at `since` or later.
   *
   * @returns undefined when that is not known any more.
   */
  positionOf(room: string, since: Position, asOf: AsOf): Position | undefined {
    let upTo = Number(since.offset);
    if (since.epoch !== this.#epoch || upTo < this.#floor) return undefined;
    const besides: number[] = [];
    let isWhole = true;
    for (const { sequence, origin } of this.#entriesAfter(room, upTo)) {
      const isKnown = origin.outbox === asOf.outbox && isIn(asOf, origin.place);
      isWhole &&= isKnown;
      if (isWhole) upTo = sequence;
      else if (isKnown) besides.push(sequence);
    }
    return { epoch: this.#epoch, offset: formatOffset({ upTo, besides }) };
  }

  #entriesAfter(room: string, from: number): readonly Entry[] {
    const entries = this.#rooms.get(room) ?? [];
    let begin = entries.length;
    while (begin > 0 && (entries[begin - 1]?.sequence ?? 0) > from) begin -= 1;
    return entries.slice(begin);
  }

  #forget(): void {
    const oldest = this.#all[this.#first];
    for (const { room, sequence } of oldest ?? []) {
      this.#floor = sequence;
      const entries = this.#rooms.get(room);
      entries?.shift();
      if (entries?.length === 0) this.#rooms.delete(room);
    }
    this.#first += 1;
    // What is cut off at once costs each event little.
    if (this.#first < this.#most) return;
    this.#all = this.#all.slice(this.#first);
    this.#first = 0;
  }
}

/** As it is told to one who has some of the later ones already: he has them still when he stands there. */
function afterSnapshot({ update, sequence }: Entry, from: EventOffset): Update {
  const besides = from.besides.filter((each) => each > sequence);
  if (besides.length === 0) return update;
  return new Update({ ...update.parts, offset: formatOffset({ upTo: sequence, besides }) });
}
