import { ConsulClient } from '@weft/mesh/consul';
import { Command, InvalidArgumentError } from 'commander';
import { CliError } from '../CliError.ts';
import { serviceOption } from '../output/options.ts';
import { print } from '../output/print.ts';
import { parseShare, type Share } from './parseShare.ts';

interface SplitFlags {
  readonly clear?: true;
  readonly createSubsets?: true;
  readonly force?: true;
  readonly header?: string | false;
}

/** `weft split`: a canary in one command, and its rollback in one more. */
export function splitCommand(): Command {
  return new Command('split')
    .description(
      "Divide a service's traffic among its versions; without shares, show the division.",
    )
    .argument('<service>', 'name in Consul', serviceOption)
    .argument('[shares...]', 'SUBSET=PERCENT, to a hundredth; together 100', parseShare)
    .option('--clear', 'undo the division, and the choice by header')
    .option(
      '--create-subsets',
      'add missing subsets to the service-resolver, as the instances of that version',
    )
    .option(
      '--header <name>',
      'calls whose header of this name names a subset go there, whatever the shares',
      headerOption,
    )
    .option('--no-header', 'no header chooses any more')
    .option('--force', 'also when a subset that is given calls has no healthy instance')
    .addHelpText('after', HELP)
    .action(split);
}

const HELP = `
Writes Consul's service-splitter; callers in every language follow at once, and nothing restarts. A subset
is a filter over instances in the service's service-resolver. The version of an instance is WEFT_VERSION.
A choice by header is a route for each subset, in front of the others in the service's service-router.

Exits with 0 when the division is as asked, 1 when it could not be made, 2 when what was asked is wrong.

Examples:
  weft split analytics v1=90 v2=10 --create-subsets
  weft split analytics v1=100 v2=0 --header x-version
  weft split analytics v1=0 v2=100
  weft split analytics
  weft split analytics --clear`;

async function split(
  service: string,
  shares: readonly Share[],
  { clear, createSubsets, force, header }: SplitFlags,
): Promise<void> {
  if (clear && (shares.length > 0 || header !== undefined)) {
    throw new CliError('either shares or --clear, which clears the choice by header too', {
      exitCode: 2,
    });
  }
  if (shares.length === 0 && header !== undefined) {
    throw new CliError('a header chooses among subsets: name them with their shares', {
      exitCode: 2,
    });
  }
  const { clearSplit, readSplit, splitService } = await import('./splitService.ts');
  const { formatChange, formatSplit, rollback } = await import('./formatSplit.ts');
  const consul = new ConsulClient();
  if (clear) {
    const change = await clearSplit(consul, service);
    print(formatChange(change) || `${service} is not split.\n`);
  } else if (shares.length === 0) {
    const { splitter, header: choosing } = await readSplit(consul, service);
    print(formatSplit(service, splitter, choosing));
  } else {
    const change = await splitService(consul, {
      service,
      shares,
      isToCreateSubsets: createSubsets ?? false,
      isForced: force ?? false,
      header,
    });
    for (const name of change.created) {
      print(`Added subset ${name} to ${service}.\n`);
    }
    const back = rollback(service, change);
    print(`${formatChange(change)}${back ? `Roll back: ${back}\n` : ''}`);
  }
}

function headerOption(text: string): string {
  const name = text.toLowerCase();
  if (!/^[a-z0-9_.-]+$/.test(name) || /^grpc-|-bin$/.test(name)) {
    throw new InvalidArgumentError(
      'It is a name of a-z, 0-9, _, . and -, that neither begins with grpc- nor ends with -bin.',
    );
  }
  return name;
}
