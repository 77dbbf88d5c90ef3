import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { addApiKey, removeApiKey } from './access/apiKeyFile.ts';

const program = new Command('api-key').description(
  "API keys of the edge: for methods whose access is ACCESS_API_KEY. The edge's file holds hashes only.",
);
const fileOption = () =>
  new Option('--file <file>', "the edge's file of API keys")
    .env('WEFT_API_KEYS')
    .makeOptionMandatory();

program
  .command('add')
  .description('Make a key and print it, this once.')
  .argument('<name>', 'who it is for: services are told it, and logs')
  .addOption(fileOption())
  .action((name: string, { file }: { file: string }, command: Command) =>
    attempt(command, () => process.stdout.write(`${addApiKey(resolve(file), name)}\n`)),
  );
program
  .command('remove')
  .description('Let a key in no more, within five seconds.')
  .argument('<name>', 'the name it was made with')
  .addOption(fileOption())
  .action((name: string, { file }: { file: string }, command: Command) =>
    attempt(command, () => removeApiKey(resolve(file), name)),
  );
program.parse();

function attempt(command: Command, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    command.error(`error: ${(error as Error).message}`);
  }
}
