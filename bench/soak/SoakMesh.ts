import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHttp } from '../../deploy/local/setup/askHttp.ts';
import { withAccess } from '../../gateway/testing/withAccess.ts';
import type { ConsulClient } from '../../mesh/consul/index.ts';
import { Contracts } from '../../mesh/contracts/index.ts';
import { freePort } from '../../mesh/runtime/server/freePort.ts';
import { eventually } from '../../mesh/testing/eventually.ts';
import { startConsul } from '../harness/BenchConsul.ts';
import { startProgram } from '../harness/startProgram.ts';

const main = fileURLToPath(new URL('../../mesh/control/main.ts', import.meta.url));

/** For everybody, and as often as one likes: of weft.policy.v1.MethodPolicy. */
const OPEN = { access: 2, rateLimit: { requests: 1_000_000, per: { seconds: 1n } } };

/** A Consul and two control planes: all that a mesh needs besides its services. */
export interface SoakMesh {
  readonly consul: ConsulClient;
  /** What a service needs in its environment to join. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of the services, with the echo open to the outside. */
  readonly contracts: Contracts;
  /** Goes with it. */
  readonly folder: string;
  /** Where the control planes listen. */
  readonly xdsPorts: readonly number[];
  /** Process ids. Clients are with the first, and go to the second when that is gone. */
  readonly controlPlanes: readonly [number, number];
}

/** Starts it. All of it ends with this process, also when that is killed. */
export async function startMesh(
  tell: (text: string) => void,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<SoakMesh> {
  const { client: consul, folder } = await startConsul({ progress: tell, signal }, cleanup);
  const contracts = withAccess(Contracts.load(), { '/bench.v1.EchoService/Echo': OPEN });
  const image = join(folder, 'image.binpb');
  await writeFile(image, contracts.image);
  const start = async () => {
    const port = await freePort();
    const [xds, admin] = [`127.0.0.1:${port}`, `127.0.0.1:${await freePort()}`];
    const { pid } = await startProgram(
      [process.execPath, main, '--listen', xds, '--admin', admin, '--consul', consul.address],
      { env: { WEFT_CONTRACTS: image }, log: join(folder, 'control.log') },
      cleanup,
    );
    if (pid === undefined) throw new Error('the control plane does not run');
    await eventually(() => askHttp(`http://${admin}/ready`, signal), 120_000);
    return { pid, xds, port };
  };
  const [first, second] = [await start(), await start()];
  return {
    consul,
    contracts,
    folder,
    xdsPorts: [first.port, second.port],
    environment: {
      CONSUL_HTTP_ADDR: consul.address,
      WEFT_XDS_SERVER: `ipv4:${first.xds},${second.xds}`,
      WEFT_HOME: join(folder, 'weft'),
      WEFT_CONTRACTS: image,
    },
    controlPlanes: [first.pid, second.pid],
  };
}
