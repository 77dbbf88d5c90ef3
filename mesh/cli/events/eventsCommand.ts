import { ConsulClient } from '@weft/mesh/consul';
import { Command, InvalidArgumentError } from 'commander';
import { CliError } from '../CliError.ts';
import { interruption } from '../interruption.ts';
import { durationOption, serviceOption } from '../output/options.ts';
import { print } from '../output/print.ts';

interface TailFlags {
  readonly key?: string;
  readonly since?: Date;
  readonly follow: boolean;
  readonly json?: true;
}

interface LetterFlags {
  readonly type?: string;
  readonly key?: string;
}

/** `weft events`: what services tell each other, and what could not be handled. */
export function eventsCommand(): Command {
  return new Command('events')
    .description(
      'Follow the events of services; show those that could not be handled, and replay them.',
    )
    .addCommand(tailCommand())
    .addCommand(deadCommand())
    .addCommand(replayCommand());
}

function tailCommand(): Command {
  return new Command('tail')
    .description('Print events as they are published, those of one service in their order.')
    .argument(
      '[names...]',
      'services and events, such as order, order.created or order.v1.OrderCreated (default: all)',
    )
    .option('--key <key>', 'only what has happened to this, such as an id of an order')
    .option(
      '--since <time>',
      'also those from then on, such as 10m or 2026-11-29T12:00:00Z; at most seven days',
      timeOption,
    )
    .option('--no-follow', 'end with the last one that there is')
    .option('--json', 'for programs: one line of JSON each')
    .addHelpText('after', TAIL_HELP)
    .action(async (names: string[], flags: TailFlags) => {
      const { tailEvents } = await import('./tailEvents.ts');
      const { signal, exitCode } = interruption();
      const { NATS_URL: url } = process.env;
      if (!url) {
        throw new CliError(
          'NATS_URL says where NATS is, such as nats://127.0.0.1:4222: it is not set',
        );
      }
      const { key, since, follow, json } = flags;
      await tailEvents(
        new ConsulClient(),
        { url, names, key, since, follow, json: !!json },
        signal,
      );
      if (signal.aborted) process.exitCode = exitCode();
    });
}

function deadCommand(): Command {
  return new Command('dead')
    .description('Show the events that consumers could not handle, with the cause.')
    .argument('[service]', 'who could not (default: all that consume events)', serviceOption)
    .argument('[id]', 'one of them, to show it whole, as the list has it', idOption)
    .option('--type <event>', 'only of this type, such as order.created or order.v1.OrderCreated')
    .option('--key <key>', 'only of this key')
    .option('--parked', 'also those that are tried again by themselves, or wait behind others')
    .option('--json', 'for programs: as JSON, one line each')
    .addHelpText('after', DEAD_HELP)
    .action(
      async (
        service: string | undefined,
        id: number | undefined,
        flags: LetterFlags & { readonly parked?: true; readonly json?: true },
      ) => {
        const { listDeadLetters, showDeadLetter } = await import('./deadLetters.ts');
        const consul = new ConsulClient();
        print(
          service !== undefined && id !== undefined
            ? await showDeadLetter(consul, service, id, flags)
            : await listDeadLetters(consul, service, flags),
        );
      },
    );
}

function replayCommand(): Command {
  return new Command('replay')
    .description(
      'Have events that could not be handled tried again, and then what waits behind them.',
    )
    .argument('<service>', 'who could not', serviceOption)
    .argument('[id]', 'one of them, as `weft events dead` has it', idOption)
    .option('--all', 'all that are dead')
    .option('--type <event>', 'with --all: only of this type')
    .option('--key <key>', 'with --all: only of this key')
    .addHelpText('after', REPLAY_HELP)
    .action(
      async (
        service: string,
        id: number | undefined,
        { all, ...filter }: LetterFlags & { readonly all?: true },
      ) => {
        if ((id === undefined) === !all) {
          throw new CliError('Name one by its id, or say --all.', { exitCode: 2 });
        }
        if (!all && (filter.type !== undefined || filter.key !== undefined)) {
          throw new CliError('--type and --key go with --all.', { exitCode: 2 });
        }
        const { replayDeadLetters } = await import('./deadLetters.ts');
        print(await replayDeadLetters(new ConsulClient(), service, id, filter));
      },
    );
}

function idOption(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < 1 || !Number.isSafeInteger(id)) {
    throw new InvalidArgumentError('It is a whole number from 1.');
  }
  return id;
}

/** "10m" ago, or a time. */
function timeOption(text: string): Date {
  if (/^[\d.]+[a-z]+$/.test(text)) return new Date(Date.now() - durationOption(text));
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError(
      'It is a duration, such as 10m, or a time, such as 2026-11-29T12:00:00Z.',
    );
  }
  return time;
}

const TAIL_HELP = `
It reads the streams at NATS (NATS_URL) by the operator's identity, and leaves no trace there: no consumer of events gets
one more or less. What events are, it knows by the contracts of this clone (WEFT_CONTRACTS).

Exits with 0, 1 when NATS cannot be read, 2 for a name that no contract has, and as the signal says that ends it.

Examples:
  weft events tail
  weft events tail order payment.refunded --since 1h
  weft events tail order.created --key 0198c5f0-7b1e-7c3a-9a51-2f7c0d1e4b6a
  weft events tail order --since 24h --no-follow --json | jq .event`;

const DEAD_HELP = `
An event that a consumer cannot handle is tried again after 1, 5, 25 and 125 seconds, unless the consumer says otherwise, and
then given up. Later events of its key wait behind it where the consumer keeps their order.

Exits with 0, or 1 when a service refuses or does not answer.

Examples:
  weft events dead
  weft events dead billing --type order.created
  weft events dead billing 17

See also: weft events replay SERVICE ID`;

const REPLAY_HELP = `
They are tried within a second, and as often as new ones. One that has been handled meanwhile is not handled again.

Exits with 0; 1 when the service refuses or does not answer, or has no such event.

Examples:
  weft events replay billing 17
  weft events replay billing --all
  weft events replay billing --all --type order.created

See also: weft events dead SERVICE`;
