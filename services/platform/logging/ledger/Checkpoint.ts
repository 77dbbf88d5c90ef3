import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SavedRun } from '../intake/Runs.ts';
import type { SavedLedger } from './Ledger.ts';

/** What has to be known of lines that the journal forgets. */
export interface Checkpoint {
  readonly ledger: SavedLedger;
  readonly runs: readonly SavedRun[];
}

const NAME = 'checkpoint.json';

/** The last one of a folder; undefined: there is none. @throws when it cannot be read. */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, NAME), 'utf8')) as Checkpoint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes the place of the last one; a process that dies meanwhile leaves that as it was. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const file = join(folder, NAME);
  await writeFile(`${file}.new`, JSON.stringify(checkpoint), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
