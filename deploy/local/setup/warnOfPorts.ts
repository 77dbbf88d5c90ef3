import { readFile } from 'node:fs/promises';
import type { Ports } from '../settings/ports.ts';

/**
 * What to say of ports that the system may give to any outgoing connection just before they are wanted: on Linux those
 * from 32768 on, unless it is set otherwise.
 *
 * @param range What /proc/sys/net/ipv4/ip_local_port_range holds, such as "32768 60999". Default: this machine's.
 * @returns undefined when none is among them, or the system does not say.
 */
export async function warnOfPorts(ports: Ports, range?: string): Promise<string | undefined> {
  const file = '/proc/sys/net/ipv4/ip_local_port_range';
  const text = range ?? (await readFile(file, 'utf8').catch(() => ''));
  const [first, last] = text.trim().split(/\s+/).map(Number);
  if (!first || !last) return undefined;
  const unsafe = Object.values(ports).filter((port) => port >= first && port <= last);
  if (unsafe.length === 0) return undefined;
  return (
    `Ports ${unsafe.join(', ')} lie between ${first} and ${last}, from where outgoing connections get theirs: one may ` +
    `take them at any time. WEFT_PORT_BASE below ${first} is safe.`
  );
}
