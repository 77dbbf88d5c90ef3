import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileTypeFromFile } from 'file-type';
import { invalidArgument } from '../invalidArgument.ts';
import { Reason } from '../Reason.ts';
import type { BlobInfo, BlobStore, ByteRange } from './BlobStore.ts';

export interface PutOptions {
  /** Most bytes that it may have. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Types that it may have, such as "image/png"; those that content tells. Default: any. */
  readonly types?: readonly string[];
}

const MAX_BYTES = 10 * 1024 ** 2;
const UNKNOWN_TYPE = 'application/octet-stream';
const ID = /^[0-9a-f]{64}$/;

/** What a service keeps of files: by their content, whoever sends them. */
export class Blobs {
  readonly #store: BlobStore;
  readonly #note: (id: string) => Promise<void>;

  /** @param note Is told which blob is going to be put, before it is: see BlobSweep. Default: nobody is. */
  constructor(store: BlobStore, note: (id: string) => Promise<void> = async () => {}) {
    this.#store = store;
    this.#note = note;
  }

  /**
   * Keeps what a stream holds. Memory holds a part at a time; the whole goes through a file, as its id is not known before
   * its end.
   *
   * @returns what it is; its id goes into the service's database, in a transaction after this.
   * @throws RpcError INVALID_ARGUMENT: BLOB_TOO_LARGE, BLOB_TYPE_REFUSED. Nothing is kept then.
   */
  async put(
    content: AsyncIterable<Uint8Array>,
    { maxBytes = MAX_BYTES, types }: PutOptions = {},
  ): Promise<BlobInfo> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-blob-'));
    try {
      const file = join(folder, 'content');
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const measured = async function* (): AsyncGenerator<Uint8Array> {
        for await (const bytes of content) {
          sizeBytes += bytes.length;
          if (sizeBytes > maxBytes) {
            const most = `may have ${maxBytes} bytes at most`;
            throw invalidArgument('content', most, Reason.BLOB_TOO_LARGE);
          }
          hash.update(bytes);
          yield bytes;
        }
      };
      await pipeline(Readable.from(measured()), createWriteStream(file, { mode: 0o600 }));
      const contentType = (await fileTypeFromFile(file))?.mime ?? UNKNOWN_TYPE;
      if (types && !types.includes(contentType)) {
        const some = `is ${contentType}, and may be ${types.join(', ')}`;
        throw invalidArgument('content', some, Reason.BLOB_TYPE_REFUSED);
      }
      const blob: BlobInfo = { id: hash.digest('hex'), sizeBytes, contentType };
      await this.#note(blob.id);
      if (!(await this.#store.find(blob.id))) await this.#store.put(blob, file);
      return blob;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Undefined: there is no such blob. */
  async find(id: string): Promise<BlobInfo | undefined> {
    return ID.test(id) ? this.#store.find(id) : undefined;
  }

  /** Its content, in order. @param range Default: all. */
  read(blob: BlobInfo, range?: ByteRange): AsyncIterable<Uint8Array> {
    if (blob.sizeBytes === 0) return Readable.from([]);
    return this.#store.read(blob, range ?? { start: 0, end: blob.sizeBytes - 1 });
  }

  /** Removes one that nothing names any more: others may have put the same content. Harmless for one that is not there. */
  async remove(id: string): Promise<void> {
    if (ID.test(id)) await this.#store.remove(id);
  }
}
