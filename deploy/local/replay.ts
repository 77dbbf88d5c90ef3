/** `make replay`: the replay command of trading, told where this clone's mesh is. All arguments are its own. */
import { join } from 'node:path';
import { execa } from 'execa';
import { runCommand } from './cli/runCommand.ts';
import { clone, defaultHome } from './settings/defaultHome.ts';
import { locateHome } from './settings/locateHome.ts';
import { findMesh } from './startMesh.ts';

await runCommand(async () => {
  const mesh = await findMesh(await locateHome(defaultHome()));
  if (!mesh) throw new Error('The mesh does not run (make up starts it).');
  const command = join(clone, 'services/market/trading/replay/main.ts');
  const { exitCode } = await execa(process.execPath, [command, ...process.argv.slice(2)], {
    env: mesh.environmentOf('replay'),
    stdio: 'inherit',
    reject: false,
  });
  process.exitCode = exitCode ?? 1;
});
