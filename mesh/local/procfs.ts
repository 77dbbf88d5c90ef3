import { readdir, readFile, readlink } from 'node:fs/promises';

/** Process ids of all processes. */
export async function listPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** What the descriptors of a process point to; nothing when it is gone or another user's. */
export async function listDescriptors(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
}

/** The command line, at most 120 characters of it. */
export async function readCommand(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.replaceAll('\0', ' ').trim().slice(0, 120);
}

/** The environment a process was started with; nothing when it is gone or another user's. */
export async function readEnvironment(pid: number): Promise<string[]> {
  const block = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return block.split('\0');
}

/** Whether a process exists and has not ended: a zombie has. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The state follows the name, which stands in brackets and may hold any character.
  return stat !== undefined && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}
