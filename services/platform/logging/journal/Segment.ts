import type { FileHandle } from 'node:fs/promises';

/** One file of the journal. */
export class Segment {
  readonly file: string;
  /** Position of its first line. */
  readonly first: number;
  #bytes: number;
  #last: number;
  #handle: FileHandle | undefined;

  constructor(file: string, first: number, bytes: number, last: number) {
    this.file = file;
    this.first = first;
    this.#bytes = bytes;
    this.#last = last;
  }

  /** Bytes of whole lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Position of its last line. */
  get last(): number {
    return this.#last;
  }

  /** Whether it takes more. */
  get writable(): boolean {
    return this.#handle !== undefined;
  }

  openForWriting(handle: FileHandle): void {
    this.#handle = handle;
  }

  /** @throws what the disk says: then it is as it was before, or takes no more. */
  async append(bytes: Buffer, position: number): Promise<void> {
    const handle = this.#handle;
    if (!handle) throw new Error(`${this.file} takes no more`);
    try {
      await handle.appendFile(bytes);
    } catch (error) {
      await handle.truncate(this.#bytes).catch(() => this.close());
      throw error;
    }
    this.#bytes += bytes.length;
    this.#last = position;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
