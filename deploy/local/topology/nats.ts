import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ConsulClient } from '@weft/mesh/consul';
import { Contracts } from '@weft/mesh/contracts';
import { NATS_SERVICE, natsPermissions, planEvents, serverConfig } from '@weft/mesh/events';
import { clone } from '@weft/mesh/local';
import type { ServiceFolder } from '@weft/mesh/manifest';
import { identityFiles } from '../../../mesh/runtime/program.ts';
import type { Progress } from '../Progress.ts';
import { run } from '../programs/run.ts';
import { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { writePrivately } from '../setup/writePrivately.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { instanceId } from './instanceId.ts';
import { meshEnvironment } from './meshEnvironment.ts';

const weft = join(clone, 'mesh/cli/weft.ts');

/** One NATS server, which `weft exec` gives its identity, and tells when there is a new one. */
export function natsProcess(settings: MeshSettings, binary: string): ProcessSpec {
  const { nats } = settings.ports;
  return {
    name: 'nats',
    group: 'control',
    command: [
      process.execPath,
      weft,
      ...['exec', '--service', NATS_SERVICE, '--client', '--instance', '1'],
      ...['--reload-signal', 'HUP', '--', binary, '--config', configFile(settings)],
    ],
    directory: clone,
    environment: meshEnvironment(settings, instanceId(NATS_SERVICE)),
    stopSeconds: 30,
    ports: [nats],
    where: `127.0.0.1:${nats}`,
    check: (signal) => assertListening(nats, signal),
  };
}

/**
 * Writes its configuration: who may publish and consume what follows from contracts and manifests.
 *
 * @param consul For the trust domain that members' certificates are of.
 * @param known All services that there are.
 * @returns whether it has changed.
 */
export async function prepareNats(
  settings: MeshSettings,
  consul: ConsulClient,
  known: readonly ServiceFolder[],
): Promise<boolean> {
  const { value: roots } = await consul.read<{ TrustDomain: string }>('/agent/connect/ca/roots');
  const { nats: folder } = new Folders(settings.home);
  const spiffeId = (service: string) =>
    `spiffe://${roots.TrustDomain}/ns/default/dc/dc1/svc/${service}`;
  const config = serverConfig({
    host: '127.0.0.1',
    port: settings.ports.nats,
    storage: join(folder, 'data'),
    identity: identityFiles(settings.home, instanceId(NATS_SERVICE)),
    users: natsPermissions(planEvents(Contracts.load(), known), spiffeId),
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const before = await readFile(configFile(settings), 'utf8').catch(() => '');
  if (before === config) return false;
  await writePrivately(configFile(settings), config);
  return true;
}

/** Once it runs: makes the streams that events go through. */
export async function provisionEvents(settings: MeshSettings, progress: Progress): Promise<void> {
  await run(
    process.execPath,
    [
      weft,
      ...['exec', '--service', 'cli', '--client', '--'],
      ...[process.execPath, join(clone, 'mesh/events/provision.ts'), settings.servicesFolder],
    ],
    progress,
    { env: { ...meshEnvironment(settings), WEFT_LOG_LEVEL: 'error' } },
  );
}

function configFile(settings: MeshSettings): string {
  return join(new Folders(settings.home).nats, 'nats.json');
}

/** @throws with the reason when nobody does. */
function assertListening(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', signal }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
