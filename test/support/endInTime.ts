/**
 * Loaded before each file of tests: a file whose tests are over, and that something left open keeps from ending, fails
 * with the name of that, instead of holding up all others.
 */
import { after } from 'node:test';

/** A bound for what closes by itself, such as a connection that is kept for reuse. */
const WITHIN_MS = 60_000;

// What a test forks takes its flags, and so loads this too.
if (process.argv[1]?.endsWith('.test.ts')) {
  after(() => {
    const giveUp = () => {
      const left = process.getActiveResourcesInfo().join(', ');
      process.stderr.write(`its tests are over, and this keeps the file from ending: ${left}\n`);
      process.exit(1);
    };
    setTimeout(giveUp, WITHIN_MS).unref();
  });
}
