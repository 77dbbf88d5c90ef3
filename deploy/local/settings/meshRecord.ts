import { readFile } from 'node:fs/promises';
import type { Binaries } from '../programs/installPrograms.ts';
import { writePrivately } from '../setup/writePrivately.ts';
import type { Folders } from './Folders.ts';
import type { MeshSettings } from './MeshSettings.ts';

/** What a mesh was last started with, kept in its folder for the commands that come after. */
export interface MeshRecord {
  readonly settings: MeshSettings;
  readonly binaries: Binaries;
}

export async function writeRecord(folders: Folders, record: MeshRecord): Promise<void> {
  await writePrivately(folders.record, JSON.stringify(record, undefined, 2));
}

/** Undefined when no mesh was started in this folder. */
export async function readRecord(folders: Folders): Promise<MeshRecord | undefined> {
  const text = await readFile(folders.record, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
