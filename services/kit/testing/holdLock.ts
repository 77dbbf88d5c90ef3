/** A process that holds the lock of a file until it is killed. Prints "held" once it has it. */
import { lockFile } from '../lock/lockFile.ts';

const [file = ''] = process.argv.slice(2);
await lockFile(file, {
  onWait: () => process.stdout.write('waiting\n'),
  signal: new AbortController().signal,
});
process.stdout.write('held\n');
setInterval(() => {}, 60_000);
