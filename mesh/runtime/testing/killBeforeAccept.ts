import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Turns of the event loop in which a connection that is there is surely dealt out. */
const TURNS = 10;

/**
 * Kills a worker of node:cluster that has been given a connection and has not taken it.
 *
 * @param prepare Called with the worker as it starts.
 * @returns the caller's end of that connection.
 */
export async function killBeforeAccept(
  t: TestContext,
  prepare: (worker: ChildProcess) => void = () => {},
): Promise<Socket> {
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: [], execArgv: [] });
  const worker = cluster.fork();
  prepare(worker.process);
  t.after(() => worker.process.kill('SIGKILL'));
  const [{ port }] = (await once(worker, 'listening')) as [AddressInfo];
  worker.process.kill('SIGSTOP');
  const socket = connect(port);
  t.after(() => socket.destroy());
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
  worker.process.kill('SIGKILL');
  await once(worker, 'exit');
  return socket;
}

if (cluster.isWorker) createServer((socket) => socket.end()).listen(0);
