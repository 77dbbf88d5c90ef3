import { readFile } from 'node:fs/promises';
import type { LocalMesh, LocalProcess } from '@weft/mesh/local';
import type { Binaries } from '../programs/installPrograms.ts';
import { writePrivately } from '../setup/writePrivately.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import type { MeshPlan } from '../topology/planMesh.ts';
import type { Folders } from './Folders.ts';
import type { MeshSettings } from './MeshSettings.ts';

/**
 * What a mesh was last started with, kept in its folder for the commands that come after; of its first part `weft`
 * reads all that it needs.
 */
export interface MeshRecord extends Pick<LocalMesh, 'environment'> {
  readonly processes: readonly (LocalProcess & Pick<ProcessSpec, 'group' | 'contracts'>)[];
  readonly settings: MeshSettings;
  readonly binaries: Binaries;
}

/** @param environment What a command needs to speak with this mesh. */
export async function writeRecord(
  { folders, settings, binaries, processes }: MeshPlan,
  environment: MeshRecord['environment'],
): Promise<void> {
  const record: MeshRecord = {
    environment,
    processes: processes.map(({ name, group, where, contracts }) => ({
      ...{ name, group, where, contracts },
    })),
    settings,
    binaries,
  };
  await writePrivately(folders.record, JSON.stringify(record, undefined, 2));
}

/** Undefined when no mesh was started in this folder. */
export async function readRecord(folders: Folders): Promise<MeshRecord | undefined> {
  const text = await readFile(folders.record, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
