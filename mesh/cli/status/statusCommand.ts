import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import { CliError } from '../CliError.ts';
import { controlOption, controlUrls } from '../output/controlOption.ts';
import { print } from '../output/print.ts';

interface StatusOptions {
  readonly json?: true;
  readonly check?: true;
  readonly control?: string[];
}

/** `weft status`: the mesh at a glance. */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Show services, instances, health, versions, who may call whom, and what memory it takes here.',
    )
    .option('--json', 'for programs: all that is known, as JSON')
    .option('--check', 'say what is not well, and exit with 1 if anything is')
    .addOption(controlOption())
    .addHelpText('after', HELP)
    .action(async ({ json, check, control }: StatusOptions) => {
      const { formatMesh } = await import('./formatMesh.ts');
      const { readMesh } = await import('./readMesh.ts');
      const mesh = await readMesh(new ConsulClient(), controlUrls(control));
      print(json ? `${JSON.stringify(mesh, undefined, 2)}\n` : formatMesh(mesh));
      if (!check) return;
      const { problemsOf } = await import('./problemsOf.ts');
      const problems = problemsOf(mesh);
      if (problems.length > 0) throw new CliError(`not all is well:\n  ${problems.join('\n  ')}`);
    });
}

const HELP = `
Memory is what each process of make up takes on this machine (its proportional set size), children included.

Exits with 0 when the mesh could be asked, whatever its health, unless --check is given; 1 when Consul cannot be
reached.

Examples:
  weft status
  weft status --json | jq '.services[] | {name, instances: [.instances[].health]}'
  weft status --control 127.0.0.1:18001,127.0.0.1:18003

See also: weft routes SERVICE, weft intention list, weft split SERVICE, weft fault SERVICE`;
