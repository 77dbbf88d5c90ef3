import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import { controlOption, controlUrls } from '../output/controlOption.ts';

/** `weft status`: the mesh at a glance. */
export function statusCommand(): Command {
  return new Command('status')
    .description('Show services, instances, health, versions, and who may call whom.')
    .option('--json', 'for programs: all that is known, as JSON')
    .addOption(controlOption())
    .addHelpText('after', HELP)
    .action(async ({ json, control }: { json?: true; control?: string[] }) => {
      const { formatMesh } = await import('./formatMesh.ts');
      const { readMesh } = await import('./readMesh.ts');
      const mesh = await readMesh(new ConsulClient(), controlUrls(control));
      process.stdout.write(json ? `${JSON.stringify(mesh, undefined, 2)}\n` : formatMesh(mesh));
    });
}

const HELP = `
Exits with 0 when the mesh could be asked, whatever its health; 1 when Consul cannot be reached.

Examples:
  weft status
  weft status --json | jq '.services[] | {name, instances: [.instances[].health]}'
  weft status --control 127.0.0.1:18001,127.0.0.1:18003

See also: weft routes SERVICE, weft intention list, weft split SERVICE, weft fault SERVICE`;
