/** A thread that squares numbers, and does worse for some of them. */
import { threadId } from 'node:worker_threads';
import { serveThread } from '../serveThread.ts';

serveThread((number: number) => {
  if (number === 13) throw new RangeError('unlucky');
  if (number === 99) process.exit(7);
  for (; number === 100; ) threadId.toString();
  return { square: number * number, thread: threadId };
});
