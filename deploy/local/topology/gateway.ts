import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { clone } from '@weft/mesh/local';
import { quote } from '../cli/quote.ts';
import type { Progress } from '../Progress.ts';
import { run } from '../programs/run.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { askHttp } from '../setup/askHttp.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { assertPassing } from './assertPassing.ts';
import { contractsFile } from './contracts.ts';
import { instanceId } from './instanceId.ts';
import { meshEnvironment } from './meshEnvironment.ts';

/**
 * Envoy's threads, by default one for each core. The services have the same machine: with all of its cores
 * busy, more threads only take each other's place, and each finds fewer requests waiting when it wakes up.
 */
const THREADS = Math.max(1, Math.floor(availableParallelism() / 2));

const GATEWAY_ID = instanceId('gateway');

/** How the file begins that gateway/main.ts writes. */
const UNTOLD = 'version 0\n';

/**
 * The edge: Envoy, whose identity and registration `weft exec` sees to.
 *
 * @param services Names of those that run beside it.
 */
export function gatewayProcess(
  settings: MeshSettings,
  envoy: string,
  services: readonly string[],
): ProcessSpec {
  const { edge, edgeAdmin } = settings.ports;
  const ready = `http://127.0.0.1:${edgeAdmin}/ready`;
  return {
    name: 'gateway',
    group: 'edge',
    command: [
      process.execPath,
      join(clone, 'mesh/cli/weft.ts'),
      ...['exec', '--service', 'gateway', '--port', String(edge), '--health-http', ready],
      ...['--pre-stop', drainCommand(settings), '--'],
      ...[envoy, '--config-path', bootstrapFile(settings)],
      // Hot restart takes a number that is one per machine, and two meshes may run here.
      '--disable-hot-restart',
      ...['--concurrency', String(THREADS)],
    ],
    directory: clone,
    environment: { ...settings.environments.gateway, ...meshEnvironment(settings, GATEWAY_ID) },
    stopSeconds: 30,
    ports: [edge, edgeAdmin],
    where: `http://127.0.0.1:${edge}`,
    async check(signal) {
      await askHttp(ready, signal);
      await assertPassing(settings, 'gateway', signal);
      await assertTold(`http://127.0.0.1:${edgeAdmin}/stats`, signal);
      await assertReaching(`http://127.0.0.1:${edgeAdmin}/health`, services, signal);
    },
  };
}

/**
 * After a control plane's restart the edge goes on with what it knows, and hears of the new a moment later.
 *
 * @throws while no control plane tells it anything.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/overview/mgmt_server#statistics
 */
async function assertTold(url: string, signal: AbortSignal): Promise<void> {
  const name = 'control_plane.connected_state';
  const stats = await askHttp(`${url}?filter=${encodeURIComponent(`^${name}$`)}`, signal);
  if (stats.trim() !== `${name}: 1`) throw new Error('hears nothing from the control plane');
}

/**
 * Consul knows a healthy instance a moment before the edge does, and the first call of whoever has just started a mesh is one
 * through the edge.
 *
 * @throws with the name of a service that the edge has routes to and no instance of.
 */
async function assertReaching(
  url: string,
  services: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // It is down as a whole when none of those with routes runs here, and that may be what was asked for.
  const { checks } = JSON.parse(await askHttp(url, signal, 503)) as {
    checks: Record<string, string>;
  };
  const missing = services.find((service) => (checks[service] ?? 'ok') !== 'ok');
  if (missing !== undefined) throw new Error(`does not reach ${missing} yet`);
}

/** Keeps the edge told by what tokens and API keys are judged. */
export function gatewayTrustProcess(settings: MeshSettings): ProcessSpec {
  const folder = trustFolder(settings);
  return {
    name: 'gateway-trust',
    group: 'edge',
    command: [process.execPath, join(clone, 'gateway/trust.ts'), '--folder', folder],
    directory: clone,
    environment: { ...settings.environments.gateway, ...meshEnvironment(settings, GATEWAY_ID) },
    stopSeconds: 5,
    ports: [],
    where: folder,
    async check() {
      const credentials = await readFile(join(folder, 'credentials'), 'utf8');
      if (credentials.startsWith(UNTOLD)) throw new Error('Consul has told it nothing yet');
    },
  };
}

/**
 * Writes Envoy's bootstrap, and beside it what follows from the contracts, which a gateway that runs takes at once.
 *
 * @returns whether there is another bootstrap than that of settleGateway(), which a gateway that runs does not take.
 */
export async function prepareGateway(settings: MeshSettings, progress: Progress): Promise<boolean> {
  await mkdir(join(settings.home, 'gateway'), { recursive: true, mode: 0o700 });
  await run(
    process.execPath,
    [
      join(clone, 'gateway/main.ts'),
      ...['--out', bootstrapFile(settings)],
      ...['--identity', join(settings.home, 'identity', GATEWAY_ID)],
      ...['--trust', trustFolder(settings), '--contracts', contractsFile(settings)],
      ...['--port', String(settings.ports.edge), '--admin-port', String(settings.ports.edgeAdmin)],
    ],
    progress,
    { env: { ...settings.environments.gateway, ...meshEnvironment(settings) } },
  );
  const wanted = await readFile(bootstrapFile(settings), 'utf8');
  const running = await readFile(runningBootstrapFile(settings), 'utf8').catch(() => undefined);
  return running !== wanted;
}

/** Remembers that the gateway runs with the bootstrap that is there. */
export async function settleGateway(settings: MeshSettings): Promise<void> {
  await copyFile(bootstrapFile(settings), runningBootstrapFile(settings));
}

/** Envoy by itself cuts what is under way when it is told to stop. */
function drainCommand(settings: MeshSettings): string {
  const words = [join(clone, 'gateway/drain.ts'), '--bootstrap', bootstrapFile(settings)];
  return [process.execPath, ...words].map(quote).join(' ');
}

function trustFolder(settings: MeshSettings): string {
  return join(settings.home, 'gateway/trust');
}

function bootstrapFile(settings: MeshSettings): string {
  return join(settings.home, 'gateway/envoy.json');
}

/** What the gateway was started with last. */
function runningBootstrapFile(settings: MeshSettings): string {
  return join(settings.home, 'gateway/running.json');
}
