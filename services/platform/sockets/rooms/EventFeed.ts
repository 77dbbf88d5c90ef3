import type { JsonValue } from '@bufbuild/protobuf';
import { RpcError, Status } from '@weft/mesh/runtime';
import { type AsOf, latestOf } from '../../../kit/events/AsOf.ts';
import { headOf, readOffset } from './EventOffset.ts';
import type { EventRooms } from './EventRooms.ts';
import type { Beginning, Feed, RunAs } from './Feed.ts';
import type { Position, Update } from './Update.ts';

/** A snapshot, and which events are in it. */
export interface Snapshot {
  readonly snapshot: JsonValue;
  readonly asOf: AsOf;
}

/** Another instance may be some milliseconds ahead, or the stream not be read yet. */
const WAIT_MS = 5_000;

/** The events of one room: none is left out, and none told twice. */
export class EventFeed implements Feed {
  readonly #room: string;
  readonly #events: EventRooms;
  readonly #readSnapshot: (() => Promise<Snapshot>) | undefined;

  /** @param readSnapshot Asks for it, on behalf of who joins; undefined: there is none. */
  constructor(
    room: string,
    events: EventRooms,
    readSnapshot: (() => Promise<Snapshot>) | undefined,
  ) {
    this.#room = room;
    this.#events = events;
    this.#readSnapshot = readSnapshot;
  }

  /** @throws RpcError UNAVAILABLE when the events cannot be read. */
  async ready(from: Position | undefined): Promise<void> {
    const { log } = this.#events;
    await this.#until(() => {
      const isAhead = from?.epoch === log.epoch && headOf(readOffset(from.offset)) > log.head;
      return log.epoch !== '' && !isAhead;
    });
    if (log.epoch === '') throw unavailable('the room has no events now');
  }

  async begin(runAs: RunAs): Promise<Beginning> {
    const { log } = this.#events;
    const since = log.position;
    if (!this.#readSnapshot) return { position: since, snapshot: null };
    const { snapshot, asOf } = await runAs(this.#readSnapshot);
    const isHeard = await this.#until(() => this.#events.hasHeard(asOf.outbox, latestOf(asOf)));
    // What is in it is told after it, unless it is known where.
    const position = isHeard ? log.positionOf(this.#room, since, asOf) : undefined;
    if (position) return { position, snapshot };
    throw unavailable('it is not known which events the snapshot holds');
  }

  after(position: Position, most: number): readonly Update[] | undefined {
    return this.#events.log.after(this.#room, position, most);
  }

  close(): void {}

  /** @returns whether it has become so in time. */
  async #until(isSo: () => boolean): Promise<boolean> {
    const until = performance.now() + WAIT_MS;
    while (!isSo()) {
      const left = until - performance.now();
      if (left <= 0) return false;
      await Promise.race([this.#events.changed(), pause(left)]);
    }
    return true;
  }
}

function unavailable(message: string): RpcError {
  return new RpcError(Status.UNAVAILABLE, message);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
