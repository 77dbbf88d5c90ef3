import { fromBinary, toJson } from '@bufbuild/protobuf';
import type { Contracts, EventContract, RoomContract, RoomEvent } from '@weft/mesh/contracts';
import { EventHeader } from '@weft/mesh/events';
import type { Log } from '../../../kit/Log.ts';
import { EventLog, type Origin, type ToldEvent } from './EventLog.ts';
import type { StreamMessage } from './RoomStream.ts';

/** An event, and the rooms that it is told in. */
interface ToldType {
  readonly event: EventContract;
  readonly told: readonly (RoomEvent & { readonly word: string })[];
}

export interface EventRoomsOptions {
  readonly contracts: Pick<Contracts, 'rooms' | 'registry'>;
  readonly most: number;
  readonly log: Log;
  /** Called with the names of rooms that have been told something; undefined: what was known of all of them is not so any more. */
  readonly onTold: (rooms: readonly string[] | undefined) => void;
}

/** The stream is read to its end more often. Whoever answers snapshots takes it that events have come by a minute after. */
const STALE_MS = 20_000;

/** Makes of the messages of the stream what is told in rooms, as the contracts say. */
export class EventRooms {
  readonly log: EventLog;
  readonly #options: EventRoomsOptions;
  readonly #types: ReadonlyMap<string, ToldType>;
  /** How far each outbox has been told: what is published twice is told once. */
  readonly #positions = new Map<string, number>();
  #readAt = Number.NEGATIVE_INFINITY;
  #changed = Promise.withResolvers<void>();

  constructor(options: EventRoomsOptions) {
    this.#options = options;
    this.log = new EventLog(options.most);
    this.#types = typesOf(options.contracts.rooms.values());
  }

  /** Resolves when there is something new. */
  readonly changed = (): Promise<void> => this.#changed.promise;

  /**
   * Whether all events of an outbox have come up to a place that is an event's, and what there is of the stream has been read
   * lately.
   *
   * @param place 0: of no event.
   */
  hasHeard(outbox: string, place: number): boolean {
    if (performance.now() - this.#readAt > STALE_MS) return false;
    return (this.#positions.get(outbox) ?? 0) >= place;
  }

  /** All that is in the stream has come. */
  readonly read = (): void => {
    this.#readAt = performance.now();
  };

  readonly begin = (epoch: string, floor: number): void => {
    this.#positions.clear();
    this.log.begin(epoch, floor);
    this.#tell(undefined);
  };

  readonly take = (message: StreamMessage): void => {
    const origin = originOf(message);
    const told = this.#isSecond(origin) ? [] : this.#read(message);
    this.log.add(message.sequence, origin, told);
    this.#tell(told.map(({ room }) => room));
  };

  #tell(rooms: readonly string[] | undefined): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    this.#options.onTold(rooms);
  }

  #isSecond({ outbox, place }: Origin): boolean {
    if ((this.#positions.get(outbox) ?? 0) >= place) return true;
    this.#positions.set(outbox, place);
    return false;
  }

  #read({ headers, data, sequence }: StreamMessage): ToldEvent[] {
    const { contracts, log } = this.#options;
    const type = headers?.get(EventHeader.type) ?? '';
    const known = this.#types.get(type);
    if (!known) return [];
    try {
      const { message: schema } = known.event;
      const message = fromBinary(schema, data);
      const payload = toJson(schema, message, { registry: contracts.registry });
      return known.told.flatMap(({ word, field, emit }) => {
        if (!field) return [{ room: word, emit, payload }];
        const value = (message as unknown as Record<string, string>)[field.localName];
        return value ? [{ room: `${word}:${value}`, emit, payload }] : [];
      });
    } catch (error) {
      // Others go on; nobody can be told what nobody can read.
      log.error({ err: error, type, sequence }, 'an event cannot be read');
      return [];
    }
  }
}

function originOf({ headers }: StreamMessage): Origin {
  return {
    outbox: headers?.get(EventHeader.outbox) ?? '',
    place: Number(headers?.get(EventHeader.position)),
  };
}

function typesOf(rooms: Iterable<RoomContract>): ReadonlyMap<string, ToldType> {
  const types = new Map<string, ToldType>();
  for (const room of rooms) {
    if (room.kind !== 'events') continue;
    for (const each of room.events) {
      const known = types.get(each.event.type);
      const told = [...(known?.told ?? []), { ...each, word: room.word }];
      types.set(each.event.type, { event: each.event, told });
    }
  }
  return types;
}
