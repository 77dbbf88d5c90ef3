import { isPortFree } from '../host/isPortFree.ts';
import { type Ports, portNames, portsFrom } from './ports.ts';

/** Below the range from which systems take ports for outgoing connections: none is taken by chance before the start. */
const FIRST = 20_000;
const ROWS = Math.floor((32_000 - FIRST) / portNames.length);

/** Rows that this process has looked at. */
let looked = 0;

/**
 * Ports that nobody listens on now, for a mesh beside others.
 *
 * Where to look first follows from the process, and no process looks at a row twice: meshes that start at the same time, which
 * do not listen yet, get others.
 */
export async function freePorts(): Promise<Ports> {
  for (let tries = 0; tries < ROWS; tries += 1) {
    const row = (process.pid * STEP + looked) % ROWS;
    looked += 1;
    const ports = portsFrom(FIRST + row * portNames.length);
    const free = await Promise.all(Object.values(ports).map(isPortFree));
    if (free.every(Boolean)) return ports;
  }
  throw new Error('no row of free ports between 20000 and 32000');
}

/** Processes that started one after the other begin so many rows from each other. */
const STEP = 37;
