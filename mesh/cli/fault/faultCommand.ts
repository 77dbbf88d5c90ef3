import { ABORT_CODES, type AbortCode, ConsulClient, type Fault } from '@weft/mesh/consul';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../CliError.ts';
import { serviceOption } from '../output/options.ts';
import { print } from '../output/print.ts';

interface FaultFlags {
  readonly delay?: string;
  readonly abort?: AbortCode;
  readonly percent: number;
  readonly header: { name: string; exact: string }[];
  readonly clear?: true;
}

/** `weft fault`: delays and failures on purpose. */
export function faultCommand(): Command {
  return new Command('fault')
    .description('Delay or fail calls to a service on purpose; without options, show the fault.')
    .argument('<service>', 'name in Consul', serviceOption)
    .option('--delay <duration>', 'how long calls wait: 200ms, 1.5s, 1m; at most an hour')
    .addOption(
      new Option('--abort <code>', 'the gRPC status that calls fail with').choices(
        Object.keys(ABORT_CODES),
      ),
    )
    .option('--percent <share>', 'of calls, in steps of 0.0001', percentOption, 100)
    .option('--header <name=value>', 'only calls with this metadata; repeatable', headerOption, [])
    .option('--clear', 'take the fault away')
    .addHelpText('after', HELP)
    .action(inject);
}

const HELP = `
Writes weft/faults/SERVICE in Consul's KV. Callers of every language get it in their own channel within a second,
calls from outside at the edge; the service itself sees nothing of it, and aborts are not retried. A fault takes the
place of the one before. With --delay and --abort, --percent is of each of the two.

Exits with 0 when the fault is as asked, 1 when it could not be written, 2 when what was asked is wrong.

Examples:
  weft fault analytics --delay 200ms --percent 10
  weft fault analytics --abort UNAVAILABLE --percent 5 --header x-tester=on
  weft fault analytics
  weft fault analytics --clear`;

async function inject(service: string, flags: FaultFlags): Promise<void> {
  const { delay, abort, percent, header, clear } = flags;
  const { clearFault, readFault, setFault } = await import('./editFault.ts');
  const consul = new ConsulClient();
  if (clear) {
    if (delay || abort) throw new CliError('either a fault or --clear', { exitCode: 2 });
    report(service, await clearFault(consul, service));
  } else if (delay || abort) {
    const fault: Fault = {
      ...(delay ? { delay: { percent, duration: delay } } : {}),
      ...(abort ? { abort: { percent, code: abort } } : {}),
      ...(header.length > 0 ? { headers: header } : {}),
    };
    report(service, await setFault(consul, service, fault));
  } else {
    const fault = await readFault(consul, service);
    print(`${fault ?? `${service} has no fault.`}\n`);
  }
}

function report(
  service: string,
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined },
): void {
  const lines = [service, `  before: ${before ?? 'none'}`, `  now:    ${after ?? 'none'}`];
  if (after) lines.push(`Roll back: weft fault ${service} --clear`);
  print(`${lines.join('\n')}\n`);
}

function percentOption(text: string): number {
  if (!/^\d+(\.\d{1,4})?$/.test(text) || Number(text) > 100) {
    throw new InvalidArgumentError('It is a number from 0 to 100, in steps of 0.0001.');
  }
  return Number(text);
}

function headerOption(
  text: string,
  former: { name: string; exact: string }[],
): { name: string; exact: string }[] {
  const [, name, exact] = /^([0-9a-z_.-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || exact === undefined) {
    throw new InvalidArgumentError('It is name=value, the name in lower case.');
  }
  return [...former, { name, exact }];
}
