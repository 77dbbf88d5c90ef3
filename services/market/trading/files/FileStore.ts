import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { RpcError, Status } from '@weft/mesh/runtime';

/** A file that is stored. */
export interface StoredFile {
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly fileId: string;
  readonly sizeBytes: number;
}

const DEFAULT_LIMIT_BYTES = 1024 ** 3;
const PARTIAL = '.partial';

/** Files in a folder, each named by its content: the same bytes are stored once. */
export class FileStore {
  readonly #folder: string;
  readonly #limitBytes: number;

  private constructor(folder: string, limitBytes: number) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
  }

  /**
   * Opens the folder, which is made if need be, and removes what broken uploads left.
   *
   * @param limitBytes Size of the largest file. Default: 1 GiB.
   */
  static async open(folder: string, limitBytes = DEFAULT_LIMIT_BYTES): Promise<FileStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (name.endsWith(PARTIAL)) await rm(path.join(folder, name));
    }
    return new FileStore(folder, limitBytes);
  }

  /** Where a file lies, if it is stored. */
  pathOf(fileId: string): string {
    return path.join(this.#folder, `${fileId}.csv`);
  }

  /**
   * Stores a file. It is there when this resolves, also after a power failure; a broken upload leaves nothing.
   *
   * @throws RpcError INVALID_ARGUMENT for a file that is empty or too large.
   */
  async store(chunks: AsyncIterable<Uint8Array>): Promise<StoredFile> {
    const partial = path.join(this.#folder, `${randomUUID()}${PARTIAL}`);
    try {
      const stored = await this.#write(partial, chunks);
      await rename(partial, this.pathOf(stored.fileId));
      await syncFolder(this.#folder);
      return stored;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async #write(file: string, chunks: AsyncIterable<Uint8Array>): Promise<StoredFile> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    await using handle = await open(file, 'wx', 0o600);
    for await (const chunk of chunks) {
      sizeBytes += chunk.length;
      if (sizeBytes > this.#limitBytes) throw refused(`is larger than ${this.#limitBytes} bytes`);
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    if (sizeBytes === 0) throw refused('is empty');
    await handle.sync();
    return { fileId: hash.digest('hex'), sizeBytes };
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function refused(problem: string): RpcError {
  return new RpcError(Status.INVALID_ARGUMENT, `the file ${problem}`);
}
