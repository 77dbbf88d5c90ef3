import { ConsulClient } from '@weft/mesh/consul';
import { Command, InvalidArgumentError } from 'commander';
import { serviceOption } from '../output/options.ts';
import { print } from '../output/print.ts';
import type { Action } from './IntentionEntry.ts';

interface SetFlags {
  readonly path: string[];
  readonly pathPrefix: string[];
  readonly header: [string, string][];
  readonly force?: true;
}

/** `weft intention`: who may call whom. */
export function intentionCommand(): Command {
  return new Command('intention')
    .description('Allow and deny calls between services: writes what Consul calls intentions.')
    .addCommand(setCommand('allow', 'Let SOURCE call DESTINATION.', ALLOW_HELP))
    .addCommand(setCommand('deny', 'Forbid SOURCE to call DESTINATION.', DENY_HELP))
    .addCommand(
      new Command('list')
        .description('Show all intentions.')
        .option('--json', 'for programs: the config entries as Consul has them')
        .action(list),
    )
    .addCommand(
      new Command('delete')
        .description(
          'Take the rule for SOURCE away: what holds for "*" decides then, else it is denied.',
        )
        .argument('<source>', 'the caller; "*" for any', nameOption)
        .argument('<destination>', 'the service that is called; "*" for any', nameOption)
        .action(remove),
    )
    .addHelpText('after', HELP);
}

const HELP = `
What no intention allows is denied. Servers in every language follow a change at once; nothing restarts.

Exits with 0 when the intention is as asked, 1 when it could not be written, 2 when what was asked is wrong.

Examples:
  weft intention deny trading analytics
  weft intention allow risk analytics --path-prefix /market.v1.AnalyticsService/
  weft intention list
  weft intention delete risk analytics`;

const ALLOW_HELP = `
With --path, --path-prefix or --header only such calls are allowed; they are looked at before the
permissions that the caller has already.

Examples:
  weft intention allow risk analytics
  weft intention allow risk analytics --path /market.v1.AnalyticsService/GetAssetSummary`;

const DENY_HELP = `
With --path, --path-prefix or --header only such calls are denied, and the caller keeps what else it may.

Examples:
  weft intention deny trading analytics
  weft intention deny cli trading --path-prefix /market.v1.TradingService/Stop`;

function setCommand(action: Action, description: string, help: string): Command {
  return new Command(action)
    .description(description)
    .argument('<source>', 'the caller; "*" for any', nameOption)
    .argument('<destination>', 'the service that is called; "*" for any', nameOption)
    .option(
      '--path <path>',
      'only this method: /PACKAGE.SERVICE/METHOD; repeatable',
      pathOption,
      [],
    )
    .option(
      '--path-prefix <prefix>',
      'only methods whose path begins so; repeatable',
      pathOption,
      [],
    )
    .option('--header <name=value>', 'only calls with this metadata; repeatable', headerOption, [])
    .option('--force', 'also for a destination that Consul does not know yet')
    .addHelpText('after', help)
    .action((source: string, destination: string, flags: SetFlags) =>
      set(action, source, destination, flags),
    );
}

async function set(
  action: Action,
  source: string,
  destination: string,
  { path, pathPrefix, header, force }: SetFlags,
): Promise<void> {
  const { ANY, isRegistered, setIntention } = await import('./editIntention.ts');
  const consul = new ConsulClient();
  const narrowing = { paths: path, pathPrefixes: pathPrefix, headers: header };
  const change = await setIntention(consul, action, source, destination, narrowing, force ?? false);
  await report(source, destination, change);
  if (source !== ANY && !(await isRegistered(consul, source))) {
    print(`Note: Consul knows no service "${source}" yet.\n`);
  }
}

async function remove(source: string, destination: string): Promise<void> {
  const { deleteIntention } = await import('./editIntention.ts');
  await report(source, destination, await deleteIntention(new ConsulClient(), source, destination));
}

async function list({ json }: { json?: true }): Promise<void> {
  const { listIntentions } = await import('./editIntention.ts');
  const { describeRule } = await import('./describeRule.ts');
  const { table } = await import('../output/table.ts');
  const entries = await listIntentions(new ConsulClient());
  if (json) {
    print(`${JSON.stringify(entries, undefined, 2)}\n`);
    return;
  }
  const rows = entries.flatMap(({ Name, Sources }) =>
    (Sources ?? []).map((source) => [source.Name, Name, describeRule(source)]),
  );
  const empty = 'There is no intention: every call is denied.\n';
  print(rows.length ? table(['SOURCE', 'DESTINATION', 'RULE'], rows) : empty);
}

async function report(
  source: string,
  destination: string,
  { before, after }: import('./editIntention.ts').RuleChange,
): Promise<void> {
  const { describeRule } = await import('./describeRule.ts');
  print(
    `${source} -> ${destination}\n  before: ${describeRule(before)}\n  now:    ${describeRule(after)}\n`,
  );
}

function nameOption(text: string): string {
  return text === '*' ? text : serviceOption(text);
}

function pathOption(text: string, former: string[]): string[] {
  if (!text.startsWith('/')) throw new InvalidArgumentError('It begins with /.');
  return [...former, text];
}

function headerOption(text: string, former: [string, string][]): [string, string][] {
  const [, name, value] = /^([0-9a-z_.-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('It is name=value, the name in lower case.');
  }
  return [...former, [name, value]];
}
