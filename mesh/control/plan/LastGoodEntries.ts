import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isServiceName } from '../syntax/isServiceName.ts';

const recordSchema = z.object({
  brokenSince: z.iso.datetime().optional(),
  entries: z.array(z.looseObject({ Kind: z.string(), Name: z.string() })),
});

/** The config entries behind a service's routes. */
export interface LastGoodRecord {
  /** ISO 8601: since when newer entries are broken; undefined: they are not. */
  readonly brokenSince?: string | undefined;
  /** As Consul's API has them. */
  readonly entries: readonly object[];
}

const SUFFIX = '.json';

/**
 * Keeps the config entries of each service that were last good, over restarts: Consul has their newest form alone, and
 * when that is broken a control plane that has just started would not know what callers follow.
 *
 * One file for each service that has such entries, written atomically, 0600. Control planes of one host may share the
 * folder. Trouble with it is logged and costs nothing else: what is in memory holds.
 */
export class LastGoodEntries {
  readonly #folder: string | undefined;
  readonly #log: Logger;
  /** What the files say. */
  readonly #records = new Map<string, string>();
  #writing: Promise<void> = Promise.resolve();
  #sequence = 0;

  /** @param folder Undefined: they are kept in memory only. */
  constructor(folder: string | undefined, log: Logger) {
    this.#folder = folder;
    this.#log = log;
    if (folder !== undefined) this.#load(folder);
  }

  get services(): Iterable<string> {
    return this.#records.keys();
  }

  get(service: string): LastGoodRecord | undefined {
    const text = this.#records.get(service);
    if (text === undefined) return undefined;
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (error) {
      this.#log.warn({ service, err: error }, 'last good entries cannot be read: left out');
      this.put(service, undefined);
      return undefined;
    }
  }

  /** @param record Undefined: none is needed any more. */
  put(service: string, record: LastGoodRecord | undefined): void {
    const text = record && JSON.stringify(record, undefined, 2);
    if (this.#records.get(service) === text) return;
    if (text === undefined) this.#records.delete(service);
    else this.#records.set(service, text);
    const folder = this.#folder;
    if (folder === undefined) return;
    this.#writing = this.#writing
      .then(() => this.#write(join(folder, `${service}${SUFFIX}`), text))
      .catch((error) => {
        this.#log.error({ service, err: error }, 'last good entries cannot be kept');
      });
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #load(folder: string): void {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const file of readdirSync(folder)) {
        const service = file.slice(0, -SUFFIX.length);
        if (!file.endsWith(SUFFIX) || !isServiceName(service)) continue;
        this.#records.set(service, readFileSync(join(folder, file), 'utf8'));
      }
    } catch (error) {
      this.#log.error({ folder, err: error }, 'last good entries cannot be read');
    }
  }

  async #write(file: string, text: string | undefined): Promise<void> {
    if (text === undefined) {
      await rm(file, { force: true });
      return;
    }
    this.#sequence += 1;
    const temporary = `${file}.${process.pid}.${this.#sequence}`;
    try {
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
