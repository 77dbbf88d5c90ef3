import { randomInt } from 'node:crypto';
import { isPortFree } from '../host/isPortFree.ts';
import { type Ports, portNames, portsFrom } from './ports.ts';

/**
 * Ports that nobody listens on now, for a mesh beside others.
 *
 * They lie below the range from which systems take ports for outgoing connections, so that none is taken
 * by chance between this call and the start.
 */
export async function freePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const ports = portsFrom(randomInt(20_000, 32_000 - portNames.length));
    const free = await Promise.all(Object.values(ports).map(isPortFree));
    if (free.every(Boolean)) return ports;
  }
  throw new Error('no row of free ports between 20000 and 32000');
}
