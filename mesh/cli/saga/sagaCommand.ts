import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import { serviceOption } from '../output/options.ts';
import { print } from '../output/print.ts';

interface ListFlags {
  readonly name?: string;
  readonly failing?: true;
  readonly ended?: true;
}

/** `weft saga`: the sagas of services, and what can be done about them. */
export function sagaCommand(): Command {
  return new Command('saga')
    .description('Show the sagas of services, have them tried again, or undone.')
    .addCommand(
      new Command('list')
        .description('List sagas that are under way, the latest first.')
        .argument('[service]', 'name in Consul (default: all that have sagas)', serviceOption)
        .option('--name <name>', 'only those of this definition, such as checkout')
        .option('--failing', 'only those with a step that does not succeed, or given up')
        .option('--ended', 'those that have ended, too')
        .action(async (service: string | undefined, flags: ListFlags) => {
          const { listSagas } = await import('./sagas.ts');
          print(await listSagas(new ConsulClient(), service, flags));
        }),
    )
    .addCommand(
      saga('show', 'Show a saga with the steps that are done.', async (service, id) => {
        const { showSaga } = await import('./sagas.ts');
        return showSaga(new ConsulClient(), service, id);
      }),
    )
    .addCommand(
      saga('retry', 'Try a failing step at once; go on with a saga given up.', async (...named) => {
        const { retrySaga } = await import('./sagas.ts');
        return retrySaga(new ConsulClient(), ...named);
      }),
    )
    .addCommand(
      saga('cancel', 'Have a saga undone, step by step.', async (service, id) => {
        const { cancelSaga } = await import('./sagas.ts');
        return cancelSaga(new ConsulClient(), service, id);
      }),
    )
    .addHelpText('after', HELP);
}

function saga(
  name: string,
  description: string,
  act: (service: string, id: string) => Promise<string>,
): Command {
  return new Command(name)
    .description(description)
    .argument('<service>', 'name in Consul', serviceOption)
    .argument('<id>', 'id of the saga, as `weft saga list` shows it')
    .action(async (service: string, id: string) => print(await act(service, id)));
}

const HELP = `
A failing step is tried again by itself, at most a minute apart. A saga behind a step that cannot be undone only goes
forward: it cannot be cancelled. One that is given up has ended too many processes; it goes on when it is retried.

Exits with 0, or 1 when the service refuses or does not answer.

Examples:
  weft saga list
  weft saga list order --failing
  weft saga show order 0198c5f0-7b1e-7c3a-9a51-2f7c0d1e4b6a
  weft saga cancel order 0198c5f0-7b1e-7c3a-9a51-2f7c0d1e4b6a`;
