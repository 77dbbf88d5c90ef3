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
 * @returns the caller's end of that connection.
 */
export async function killBeforeAccept(t: TestContext): Promise<Socket> {
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: [], execArgv: [] });
  const worker = cluster.fork();
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
