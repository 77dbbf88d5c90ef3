import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import { controlOption, controlUrls } from '../output/controlOption.ts';
import { serviceOption } from '../output/options.ts';
import { print } from '../output/print.ts';

/** `weft routes`: where calls go. */
export function routesCommand(): Command {
  return new Command('routes')
    .description('Show where calls to a service go, as its callers would follow it.')
    .argument('<service>', 'name in Consul', serviceOption)
    .option('--json', 'for programs: the table as JSON')
    .addOption(controlOption())
    .addHelpText('after', HELP)
    .action(async (service: string, { json, control }: { json?: true; control?: string[] }) => {
      const { assertKnown } = await import('../entries/assertKnown.ts');
      const { formatRoutes } = await import('./formatRoutes.ts');
      const { readRoutes } = await import('./readRoutes.ts');
      await assertKnown(new ConsulClient(), service);
      const table = await readRoutes(controlUrls(control), service);
      print(json ? `${JSON.stringify(table, undefined, 2)}\n` : formatRoutes(table));
    });
}

const HELP = `
Routes are tried from top to bottom, and the first that matches decides. Below each stand its targets with their
shares, and below those where their calls go when they have no healthy instance. Lines that begin with ! name what
of Consul's entries is not in force. The routes are those that callers have been sent: while entries are broken, the
last good ones, with the reason and the time since when.

Exits with 0, 1 when no control plane answers, 2 for a service that Consul does not know.

Examples:
  weft routes analytics
  weft routes analytics --json | jq '.routes[].destinations'`;
