import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import { CliError } from '../CliError.ts';
import { serviceOption } from '../output/options.ts';
import { parseShare, type Share } from './parseShare.ts';

interface SplitFlags {
  readonly clear?: true;
  readonly createSubsets?: true;
  readonly force?: true;
}

/** `weft split`: a canary in one command, and its rollback in one more. */
export function splitCommand(): Command {
  return new Command('split')
    .description(
      "Divide a service's traffic among its versions; without shares, show the division.",
    )
    .argument('<service>', 'name in Consul', serviceOption)
    .argument('[shares...]', 'SUBSET=PERCENT, to a hundredth; together 100', parseShare)
    .option('--clear', 'undo the division')
    .option(
      '--create-subsets',
      'add missing subsets to the service-resolver, as the instances of that version',
    )
    .option('--force', 'also when a subset that is given calls has no healthy instance')
    .addHelpText('after', HELP)
    .action(split);
}

const HELP = `
Writes Consul's service-splitter; callers in every language follow at once, and nothing restarts. A subset
is a filter over instances in the service's service-resolver. The version of an instance is WEFT_VERSION.

Exits with 0 when the division is as asked, 1 when it could not be made, 2 when what was asked is wrong.

Examples:
  weft split analytics v1=90 v2=10 --create-subsets
  weft split analytics v1=0 v2=100
  weft split analytics
  weft split analytics --clear`;

async function split(
  service: string,
  shares: readonly Share[],
  { clear, createSubsets, force }: SplitFlags,
): Promise<void> {
  if (clear && shares.length > 0) {
    throw new CliError('either shares or --clear', { exitCode: 2 });
  }
  const { clearSplit, readSplit, splitService } = await import('./splitService.ts');
  const { formatChange, formatSplit } = await import('./formatSplit.ts');
  const consul = new ConsulClient();
  if (clear) {
    const edit = await clearSplit(consul, service);
    process.stdout.write(edit.before ? formatChange(edit) : `${service} is not split.\n`);
  } else if (shares.length === 0) {
    const splitter = await readSplit(consul, service);
    process.stdout.write(splitter ? formatSplit(splitter) : `${service} is not split.\n`);
  } else {
    const { created, ...edit } = await splitService(consul, {
      service,
      shares,
      isToCreateSubsets: createSubsets ?? false,
      isForced: force ?? false,
    });
    for (const name of created) process.stdout.write(`Added subset ${name} to ${service}.\n`);
    process.stdout.write(`${formatChange(edit)}Roll back: ${rollback(service, edit.before)}\n`);
  }
}

function rollback(
  service: string,
  before: { readonly Splits: readonly { Weight: number; ServiceSubset?: string }[] } | undefined,
): string {
  const shares = before?.Splits.map(({ ServiceSubset, Weight }) => `${ServiceSubset}=${Weight}`);
  return `weft split ${service} ${shares?.join(' ') ?? '--clear'}`;
}
