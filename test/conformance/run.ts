/**
 * `make conformance`: connectconformance against our runtime, as server and as client. Ends with 1 when a case fails
 * that known-failing/ does not name, or one passes that it does.
 */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { runCommand } from '../../deploy/local/cli/runCommand.ts';
import { generateMessages } from './runner/generateMessages.ts';
import { installRunner } from './runner/installRunner.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

await runCommand(async (progress) => {
  const { binary, protos } = await installRunner(progress);
  await generateMessages(protos, progress);
  for (const mode of ['server', 'client']) {
    progress.report(`Our runtime as ${mode}:`);
    const args = [
      ...['--mode', mode, '--conf', here('config.yaml')],
      ...['--known-failing', `@${here(`known-failing/${mode}.txt`)}`],
      ...['--', process.execPath, here(`program/${mode}.ts`)],
    ];
    const { exitCode } = await execa(binary, args, {
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      reject: false,
      cancelSignal: progress.signal,
    });
    progress.signal.throwIfAborted();
    if (exitCode !== 0) process.exitCode = 1;
  }
});
