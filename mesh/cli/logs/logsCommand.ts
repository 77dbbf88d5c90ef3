import { ConsulClient } from '@weft/mesh/consul';
import { Command, InvalidArgumentError, Option } from 'commander';
import { listOption } from '../output/options.ts';
import type { LogsFlags } from './LogsFlags.ts';

/** `weft logs`: what services have logged. */
export function logsCommand(): Command {
  return new Command('logs')
    .description('Show what services have logged, as the service logging has taken it in.')
    .argument('[services]', 'names in Consul, with commas between (default: all)', listOption)
    .addOption(
      new Option('--level <level>', 'this and all above').choices([
        ...['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
      ]),
    )
    .option('--trace <id>', 'only lines of this trace: 32 hexadecimal digits', traceOption)
    .option('--text <text>', 'only lines whose message has this in it, as it is written')
    .option('--field <name=value>', 'only lines with this field; repeatable', fieldOption, [])
    .option('--instance <id>', 'only lines of this instance, such as analytics-1')
    .option('--since <time>', 'from then on: ISO 8601, or 15m, 2h, 3d ago', timeOption, ago(1, 'd'))
    .option('--until <time>', 'up to then (default: now)', timeOption)
    .option('-n, --lines <count>', 'so many, the latest', countOption, 100)
    .option('-f, --follow', 'go on with lines as they come')
    .option('--after <cursor>', 'with --follow: go on behind what this cursor stands for')
    .option('--context <id>', 'the lines of the same instance around this one')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (services: string[] | undefined, flags: LogsFlags) => {
      const { showLogs } = await import('./showLogs.ts');
      await showLogs(new ConsulClient(), services ?? [], flags);
    });
}

const HELP = `
A line has its time, level, service, message, fields and trace. With --json there is also its id, for --context.
--follow that loses its connection goes on where it was, and says so on standard error; nothing is missing or comes twice.

Exits with 0, 1 when the service does not answer, or 2 when what was asked is wrong.

Examples:
  weft logs analytics,trading --level warn --since 15m
  weft logs --follow --trace 0af7651916cd43dd8448eb211c80319c
  weft logs --text "token created" --field tokenId=42
  weft logs --context 1795975690123456789-1795975690124001`;

function traceOption(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text)) throw new InvalidArgumentError('It is 32 of 0-9 and a-f.');
  return text;
}

function fieldOption(text: string, before: string[]): string[] {
  if (!/^[^=]+=/.test(text)) throw new InvalidArgumentError('It is a name, = and a value.');
  return [...before, text];
}

function countOption(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 100_000) return count;
  throw new InvalidArgumentError('It is a number from 1 to 100000.');
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds since the epoch. */
function timeOption(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return ago(Number(count), unit as keyof typeof UNITS);
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('It is a time such as 2026-01-31T12:00:00Z, or 15m, 2h, 3d.');
}

function ago(count: number, unit: keyof typeof UNITS): number {
  return Date.now() - count * UNITS[unit];
}
