import { parentPort } from 'node:worker_threads';
import type { ThreadAnswer } from './ThreadPool.ts';

/**
 * Answers the tasks of a ThreadPool, one after the other: all that a thread's script does.
 *
 * @param handle What it throws, the caller of run() is thrown.
 * @throws Error outside of a thread.
 */
export function serveThread<Input, Result>(handle: (input: Input) => Promise<Result> | Result) {
  if (!parentPort) throw new Error('this is no thread');
  const port = parentPort;
  port.on('message', async (input: Input) => {
    let answer: ThreadAnswer;
    try {
      answer = { result: await handle(input) };
    } catch (error) {
      answer = { error };
    }
    port.postMessage(answer);
  });
}
