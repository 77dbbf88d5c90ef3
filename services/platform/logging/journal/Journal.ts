import { open, rm } from 'node:fs/promises';
import { Wake } from '../../../kit/Wake.ts';
import { fileOf, openSegments } from './openSegments.ts';
import { readChunk } from './readChunk.ts';
import { Segment } from './Segment.ts';

/** A segment takes lines until it is as large as this, or as old. */
const SEGMENT_BYTES = 4 * 1_048_576;
const SEGMENT_MS = 5_000;

export interface JournalOptions {
  /** Made where it is missing, closed to others. */
  readonly folder: string;
  /** As many bytes as all of it may take. */
  readonly maxBytes: number;
}

/** Where somebody reads. */
export interface JournalCursor {
  /** Of the segment: the position of its first line. */
  readonly segment: number;
  /** In its bytes. */
  readonly offset: number;
}

/** Lines as they lie in the journal, whole ones. */
export interface JournalChunk {
  readonly bytes: Buffer;
  /** Where to go on. */
  readonly next: JournalCursor;
  /** Of the last line in it. */
  readonly position: number;
}

/** There is no room for more. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';
}

/**
 * Lines on their way to the store, on the disk: what has been appended outlives the death of any process, though not always a
 * loss of power (it is not synced). A folder of segments, files of JSON lines named by the position of their first.
 */
export class Journal {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #segments: Segment[];
  readonly #followers = new Set<Wake>();
  #waiting: {
    readonly bytes: Buffer;
    readonly position: number;
    done: PromiseWithResolvers<void>;
  }[] = [];
  /** Of what waits to be written. */
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #position: number;
  #forgotten = 0;

  private constructor({ folder, maxBytes }: JournalOptions, segments: Segment[], position: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#segments = segments;
    this.#position = position;
  }

  /**
   * Opens what is there. Half a line at the end of a segment, as a process leaves it that dies while it writes, was never
   * acknowledged and is cut off.
   *
   * @param each Is given each line that is there, oldest first.
   */
  static async open(
    options: JournalOptions,
    each: (line: string) => void = () => {},
  ): Promise<Journal> {
    const segments = await openSegments(options.folder, each);
    return new Journal(options, segments, segments.at(-1)?.last ?? 0);
  }

  /** Position of the last line that has been appended; 0: none has. */
  get position(): number {
    return this.#position;
  }

  /** Position of the last line that this process has forgotten; 0: none. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** As many bytes as all of it may take. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Of all segments. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Where the oldest line lies that is there. */
  get start(): JournalCursor {
    return { segment: this.#segments[0]?.first ?? 0, offset: 0 };
  }

  /**
   * Appends lines.
   *
   * @param bytes JSON lines, each with its end.
   * @param position Of the last of them; the first's is above that of all before.
   * @throws JournalFullError when there is no room, and what the disk says: nothing is appended then.
   */
  async append(bytes: Buffer, position: number): Promise<void> {
    if (this.bytes + this.#waitingBytes + bytes.length > this.#maxBytes)
      throw new JournalFullError('the journal is full');
    const done = Promise.withResolvers<void>();
    this.#waitingBytes += bytes.length;
    this.#waiting.push({ bytes, position, done });
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await done.promise;
  }

  /**
   * Whole lines from a cursor on; undefined: there are none yet.
   *
   * @param maxBytes At most, but a line at least.
   */
  async read(from: JournalCursor, maxBytes: number): Promise<JournalChunk | undefined> {
    const index = this.#segments.findIndex(({ first }) => first >= from.segment);
    const segment = this.#segments[index];
    if (segment === undefined) return undefined;
    const offset = segment.first === from.segment ? from.offset : 0;
    if (offset >= segment.bytes) {
      const next = this.#segments[index + 1];
      return next && this.read({ segment: next.first, offset: 0 }, maxBytes);
    }
    const { bytes, position } = await readChunk(segment, offset, maxBytes);
    const next = { segment: segment.first, offset: offset + bytes.length };
    return { bytes, next, position };
  }

  /** Is called whenever something has been appended: for one reader, as long as the journal is open. */
  follow(): Wake {
    const wake = new Wake();
    this.#followers.add(wake);
    return wake;
  }

  /**
   * Forgets whole segments of lines up to a position, the last one aside.
   *
   * @param save Is waited for before any goes; when it fails, all stay.
   */
  async forget(position: number, save: () => Promise<void>): Promise<void> {
    const old = this.#segments.slice(0, -1);
    const kept = old.findIndex(({ last }) => last > position);
    const going = kept < 0 ? old : old.slice(0, kept);
    if (going.length > 0) await save();
    for (const segment of going) {
      await segment.close();
      await rm(segment.file, { force: true });
      this.#segments.shift();
      this.#forgotten = segment.last;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    for (const segment of this.#segments) await segment.close();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0);
      const bytes =
        taken.length === 1 ? taken[0]?.bytes : Buffer.concat(taken.map((each) => each.bytes));
      const position = taken.at(-1)?.position ?? this.#position;
      try {
        const segment = await this.#current(Number(firstPosition(taken[0]?.bytes)));
        await segment.append(bytes ?? Buffer.alloc(0), position);
        this.#position = position;
        for (const { done } of taken) done.resolve();
      } catch (error) {
        for (const { done } of taken) done.reject(error);
      }
      this.#waitingBytes -= bytes?.length ?? 0;
      for (const follower of this.#followers) follower.call();
    }
  }

  async #current(first: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    const isFresh = last && first / 1_000 - last.first / 1_000 < SEGMENT_MS;
    if (last?.writable && isFresh && last.bytes < SEGMENT_BYTES) return last;
    await last?.close();
    const file = fileOf(this.#folder, first);
    const segment = new Segment(file, first, 0, first);
    segment.openForWriting(await open(file, 'ax', 0o600));
    this.#segments.push(segment);
    return segment;
  }
}

function firstPosition(bytes: Buffer | undefined): number {
  const line = bytes?.subarray(0, bytes.indexOf('\n')).toString() ?? '';
  return (JSON.parse(line) as { position: number }).position;
}
