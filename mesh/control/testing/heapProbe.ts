/**
 * Preloaded into a Node process by `--import`: see `probeEnvironment`. Whoever connects to the socket named after the process is
 * told how many bytes are in use once the garbage has been collected.
 */
import { createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { PROBES_VARIABLE, probePath } from './askHeap.ts';

const folder = process.env[PROBES_VARIABLE];
if (isMainThread && folder !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const server = createServer(async (socket) => {
    socket.on('error', () => socket.destroy());
    // What finalizers let go of is garbage only then.
    for (let i = 0; i < 2; i++) {
      collect();
      await turn();
    }
    const { heapUsed, external } = process.memoryUsage();
    socket.end(String(heapUsed + external));
  });
  server.listen(probePath(folder, process.pid));
  server.unref();
}
