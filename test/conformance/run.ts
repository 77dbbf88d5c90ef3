/**
 * `make conformance`: connectconformance against our runtime, as server and as client. Ends with 1 when a case fails
 * that known-failing/ does not name, or one passes that it does.
 */
import { runCommand } from '../../deploy/local/cli/runCommand.ts';
import { generateMessages } from './runner/generateMessages.ts';
import { installRunner } from './runner/installRunner.ts';
import { runMode } from './runner/runMode.ts';

await runCommand(async (progress) => {
  const { binary, protos } = await installRunner(progress);
  await generateMessages(protos, progress);
  for (const mode of ['server', 'client'] as const) {
    progress.report(`Our runtime as ${mode}:`);
    const { exitCode, output } = await runMode(binary, mode, progress.signal);
    progress.report(output);
    if (exitCode !== 0) process.exitCode = 1;
  }
});
