/**
 * `make test-api`: Schemathesis against a mesh of all services, by the OpenAPI document that its own edge serves. Ends with 1
 * when an answer is a fault, or is not what the document says.
 */
import { Command, InvalidArgumentError } from 'commander';
import { runCommand } from '../../deploy/local/cli/runCommand.ts';
import { tryApi } from './tryApi.ts';

const { only, examples, seed } = new Command('test-api')
  .description('Try the REST interface by requests made of its OpenAPI document.')
  .option('--only <group>', 'operations of this group alone (default: all)')
  .option('--examples <number>', 'requests of each operation and kind, at most', whole, 100)
  .option('--seed <number>', 'the same number makes the same requests', whole, 1)
  .parse()
  .opts<{ only?: string; examples: number; seed: number }>();

await runCommand(async (progress) => {
  const group = only ? { group: only } : {};
  const { passed, output } = await tryApi({ ...group, examples, seed }, progress);
  progress.report(output);
  if (!passed) process.exitCode = 1;
});

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}
