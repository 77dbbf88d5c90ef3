import { isPortFree } from '../host/isPortFree.ts';
import { describeHolder, portHolder } from '../host/portHolder.ts';
import { type Ports, portNames } from '../settings/ports.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';

/**
 * Checks that the processes can have their ports.
 *
 * @throws with each port that is taken, who holds it, and the variable that chooses another.
 */
export async function assertPortsFree(
  processes: readonly ProcessSpec[],
  ports: Ports,
): Promise<void> {
  const taken: string[] = [];
  for (const { name, ports: wanted } of processes) {
    for (const port of wanted) {
      if (await isPortFree(port)) continue;
      const holder = describeHolder(await portHolder(port));
      const portName = portNames.find((one) => ports[one] === port);
      const remedy = portName ? `; ${portVariable(portName)} chooses another` : '';
      taken.push(`Port ${port}, wanted by ${name}, is held by ${holder}${remedy}.`);
    }
  }
  if (taken.length > 0) throw new Error(taken.join('\n'));
}

/** The environment variable of a port: WEFT_EDGE_ADMIN_PORT for edgeAdmin. */
export function portVariable(name: keyof Ports): string {
  return `WEFT_${name.replace(/[A-Z\d]/g, (letter) => `_${letter}`).toUpperCase()}_PORT`;
}
