import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of inputs, a file each. */
export class Corpus {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** All inputs, with the names of their files; none when there is no such folder. */
  read(): { readonly name: string; readonly input: Uint8Array }[] {
    let names: string[];
    try {
      names = readdirSync(this.folder).toSorted();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      names = [];
    }
    return names.map((name) => ({ name, input: readFileSync(join(this.folder, name)) }));
  }

  /** Adds an input under its hash. @returns its path. */
  add(input: Uint8Array): string {
    mkdirSync(this.folder, { recursive: true });
    const name = createHash('sha256').update(input).digest('hex').slice(0, 16);
    writeFileSync(join(this.folder, name), input);
    return join(this.folder, name);
  }
}
