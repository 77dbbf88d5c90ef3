import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHttp } from '../../deploy/local/setup/askHttp.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { startConsul } from '../harness/BenchConsul.ts';
import type { Contender, Measurement, Suite, SuiteOptions } from '../harness/Suite.ts';
import { startProgram } from '../harness/startProgram.ts';
import { Worker } from '../harness/Worker.ts';
import { INSTANCES, writeCatalogue } from './catalogue.ts';
import type { ControlLoad } from './clients.ts';

const main = fileURLToPath(new URL('../../mesh/control/main.ts', import.meta.url));

const CATALOGUES = [100, 300, 1_000];
const CLIENTS = 500;
const UPSTREAMS = 20;

/** A change in Consul, until the last client that follows the service has acknowledged it. */
export const control: Suite = {
  name: 'control',

  async prepare(options, cleanup) {
    const contenders: Contender[] = [];
    for (const services of CATALOGUES) {
      options.progress(`control: writing ${services} services into a Consul of their own`);
      contenders.push(await contender(services, options, cleanup));
    }
    return [
      {
        title: `control plane, one instance changes: ${CLIENTS} clients with ${UPSTREAMS} upstreams, ${INSTANCES} instances a service`,
        unit: 'ms, 99th percentile',
        baseline: `Weft, ${CATALOGUES[0]} services`,
        sizes: 'services',
        contenders,
      },
    ];
  },
};

async function contender(
  services: number,
  options: SuiteOptions,
  cleanup: AsyncDisposableStack,
): Promise<Contender> {
  const { client: consul, folder } = await startConsul(options, cleanup);
  await writeCatalogue(consul, services);
  const [port, adminPort] = [await freePort(), await freePort()];
  const [xds, admin] = [`127.0.0.1:${port}`, `127.0.0.1:${adminPort}`];
  const { pid } = await startProgram(
    [process.execPath, main, '--listen', xds, '--admin', admin, '--consul', consul.address],
    { log: join(folder, 'control.log') },
    cleanup,
  );
  if (pid === undefined) throw new Error('the control plane does not run');
  await eventually(() => askHttp(`http://${admin}/ready`, options.signal), 60_000);
  const { worker } = await Worker.start<ControlLoad, Measurement>(
    new URL('clients.ts', import.meta.url),
    {},
    cleanup,
  );
  const setting = { services, clients: CLIENTS, upstreams: UPSTREAMS };
  return {
    name: `Weft, ${services} services`,
    size: services,
    turn: (seconds) => worker.ask({ consul: consul.address, xds, pid, seconds, ...setting }),
  };
}
