import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux and macOS give to outgoing connections, one of which could take the port before it is used. */
const LOWEST = 20_000;
const HIGHEST = 31_999;
const TRIES = 100;

/**
 * Finds a port that nobody listens on. XdsServer must be told its port, and listens only once it has been configured.
 *
 * @throws when there is none.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST} in ${TRIES} tries`);
}

/**
 * The port that a server was told to take, or else a free one.
 *
 * @throws when it is in use: XdsServer would fail where nothing catches it.
 */
export async function choosePort(told: number | undefined): Promise<number> {
  if (told !== undefined && !(await isFree(told))) throw new Error(`port ${told} is in use`);
  return told ?? (await freePort());
}

/** Whether a port can be listened on, on all interfaces. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
