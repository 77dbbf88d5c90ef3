/**
 * Stops a test's mesh and removes its folder when standard input ends: when the test asks for it, and
 * also when the test's process dies in whatever way.
 */
import { rm } from 'node:fs/promises';
import { Folders } from '../settings/Folders.ts';
import { removeSocketFolder } from '../settings/socketFolder.ts';
import { stopMesh } from '../stopMesh.ts';

const [home = ''] = process.argv.slice(2);
// Ctrl-C goes to the whole group of processes, and this one must outlive the test.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.stdin.resume();
process.stdin.on('end', async () => {
  await stopMesh(new Folders(home), { report: () => {} });
  await removeSocketFolder(home);
  await rm(home, { recursive: true, force: true });
});
