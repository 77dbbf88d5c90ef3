import { createHash, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Kysely } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import type { Log } from '../../../kit/Log.ts';
import type { Secret } from '../../../kit/secret/Secret.ts';
import type { DB } from '../database.ts';
import { hasAdministrator } from './administrators.ts';

/**
 * By which somebody becomes the first administrator: made of the service's secret, so that all instances know the same one.
 * While there is no administrator it lies in a file, for whoever runs the service.
 */
export class AdministratorToken {
  readonly #token: string;
  readonly #file: string;
  readonly #log: Log;

  /** @param file Its folder is made where it is missing. */
  constructor(secret: Secret, file: string, log: Log) {
    this.#token = secret.mac('first administrator', Buffer.alloc(0)).toString('base64url');
    this.#file = file;
    this.#log = log;
  }

  /** Writes the file, mode 0600, if there is no administrator, else removes it. */
  async offer(database: Kysely<DB>): Promise<void> {
    if (await transact(database, (transaction) => hasAdministrator(transaction))) {
      return this.remove();
    }
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    const made = `${this.#file}.${process.pid}`;
    await writeFile(made, `${this.#token}\n`, { mode: 0o600 });
    await chmod(made, 0o600);
    await rename(made, this.#file);
  }

  /** In the same time for each wrong one. */
  matches(token: string): boolean {
    const [given, right] = [token, this.#token].map((each) =>
      createHash('sha256').update(each).digest(),
    ) as [Buffer, Buffer];
    return timingSafeEqual(given, right);
  }

  /** It is of no more use, and should not lie about. */
  async remove(): Promise<void> {
    await rm(this.#file, { force: true }).catch((err) =>
      this.#log.warn({ err, file: this.#file }, 'a file of no more use could not be removed'),
    );
  }
}
