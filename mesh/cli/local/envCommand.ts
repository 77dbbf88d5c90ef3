import { findLocalMesh } from '@weft/mesh/local';
import { Command } from 'commander';
import { CliError } from '../CliError.ts';

/** `weft env`: for programs that are not started by `weft exec`. */
export function envCommand(): Command {
  return new Command('env')
    .description("Print the environment of this clone's mesh as the operator's, for a shell.")
    .addHelpText('after', HELP)
    .action(async () => {
      const mesh = await findLocalMesh();
      if (!mesh) throw new CliError('The mesh does not run (make up starts it).');
      const lines = Object.entries(mesh.environment).map(
        ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`,
      );
      process.stdout.write(lines.join(''));
    });
}

const HELP = `
Consul's own command and services that are started by hand then speak with the mesh that make up runs, with the right
to write all services and config entries. It names files with tokens, and holds none itself.

Example:
  eval "$(npx weft env)"
  consul catalog services`;
