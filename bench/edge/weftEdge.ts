import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHttp } from '../../deploy/local/setup/askHttp.ts';
import { writeContractFilters } from '../../gateway/contractFilters.ts';
import { makeBootstrap } from '../../gateway/makeBootstrap.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { freePort } from '../../mesh/testing/freePort.ts';
import { startProgram } from '../harness/startProgram.ts';
import type { EdgePeer } from './EdgePeer.ts';
import { generatedContracts } from './generatedContracts.ts';

const controlMain = fileURLToPath(new URL('../../mesh/control/main.ts', import.meta.url));
const START_MS = 60_000;

/**
 * Weft's edge as it is, of contracts with this many open methods: Envoy with CORS, limits, refusal of unknown fields,
 * access log, and a control plane of its own.
 */
export function weftEdge(methods: number): EdgePeer {
  return {
    name: `Weft, ${methods} methods`,

    async start({ mesh, signal }, cleanup) {
      const contracts = generatedContracts(methods);
      const identity = await mesh.newIdentity('gateway');
      const file = (name: string) => join(identity, name);
      const [control, controlAdmin] = [await freePort(), await freePort()];
      const [port, adminPort] = [await freePort(), await freePort()];
      await writeFile(file('image.binpb'), contracts.image);
      await startProgram(
        [
          ...[process.execPath, controlMain, '--contracts', file('image.binpb')],
          ...['--listen', `127.0.0.1:${control}`, '--admin', `127.0.0.1:${controlAdmin}`],
          ...['--state', file('state'), '--log-level', 'warn'],
        ],
        { env: mesh.environmentOf('control'), log: file('control.log') },
        cleanup,
      );
      writeContractFilters(file('contracts'), contracts);
      const bootstrap = makeBootstrap(contracts, {
        ...{ address: '127.0.0.1', port, adminPort, identity, adminSocket: file('envoy.sock') },
        controlPlanes: [{ host: '127.0.0.1', port: control }],
        contractFilters: file('contracts'),
      });
      await writeFile(file('envoy.json'), JSON.stringify(bootstrap), { mode: 0o600 });
      const { pid } = await startProgram(
        [mesh.envoy, '-c', file('envoy.json'), '--disable-hot-restart', '--concurrency', '1'],
        { log: file('envoy.log') },
        cleanup,
      );
      if (pid === undefined) throw new Error('Envoy does not run');
      await eventually(() => askHttp(`http://127.0.0.1:${adminPort}/ready`, signal), START_MS);
      return { url: `http://127.0.0.1:${port}`, pid };
    },
  };
}
