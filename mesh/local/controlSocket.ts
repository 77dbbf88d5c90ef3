import { join, resolve } from 'node:path';

/**
 * Where a control plane serves xDS, and a process looks for it, unless both are told otherwise.
 *
 * @param home State folder of the mesh on this host. Default: WEFT_HOME, else .weft in the working directory.
 */
export function controlSocket(home = process.env.WEFT_HOME || '.weft'): string {
  return join(resolve(home), 'sockets/control.sock');
}
