import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder like a clone of this repository as it is here, with its packages installed. It goes when disposed of. */
export class Clone implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Clone> {
    const clone = new Clone(await mkdtemp(join(tmpdir(), 'weft-clone-')));
    try {
      await clone.#copyFiles();
      await clone.#linkPackages();
      return clone;
    } catch (error) {
      await clone[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #copyFiles(): Promise<void> {
    const options = ['--cached', '--others', '--exclude-standard'];
    const { stdout } = await execa('git', ['ls-files', ...options], { cwd: root });
    for (const file of stdout.split('\n')) {
      await mkdir(dirname(join(this.folder, file)), { recursive: true });
      // A file that is deleted and not yet committed is still listed.
      await cp(join(root, file), join(this.folder, file)).catch((error) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }

  /** Those of others are linked to; our own are the clone's. */
  async #linkPackages(): Promise<void> {
    for (const packages of ['node_modules', 'services/node_modules']) {
      const [from, to] = [join(root, packages), join(this.folder, packages)];
      await mkdir(to, { recursive: true });
      for (const name of await readdir(from).catch(() => [])) {
        const isOurs = name === '@weft' || name === '.bin';
        if (isOurs) {
          const how = { recursive: true, verbatimSymlinks: true };
          await cp(join(from, name), join(to, name), how);
        } else if (name !== '.package-lock.json') {
          await symlink(join(from, name), join(to, name));
        }
      }
    }
    // As `npm ci` leaves it: newer than what says what is to be installed.
    await writeFile(join(this.folder, 'node_modules/.package-lock.json'), '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
