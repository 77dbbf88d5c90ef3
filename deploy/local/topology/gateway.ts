import { mkdir } from 'node:fs/promises';
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
import { instanceId } from './instanceId.ts';
import { meshEnvironment } from './meshEnvironment.ts';

/**
 * Envoy's threads, by default one for each core. The services have the same machine: with all of its cores
 * busy, more threads only take each other's place, and each finds fewer requests waiting when it wakes up.
 */
const THREADS = Math.max(1, Math.floor(availableParallelism() / 2));

const GATEWAY_ID = instanceId('gateway');

/** The edge: Envoy, whose identity and registration `weft exec` sees to. */
export function gatewayProcess(settings: MeshSettings, envoy: string): ProcessSpec {
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
    },
  };
}

/** Writes Envoy's bootstrap from the contracts. */
export async function prepareGateway(settings: MeshSettings, progress: Progress): Promise<void> {
  await mkdir(join(settings.home, 'gateway'), { recursive: true, mode: 0o700 });
  await run(
    process.execPath,
    [
      join(clone, 'gateway/main.ts'),
      ...['--out', bootstrapFile(settings)],
      ...['--identity', join(settings.home, 'identity', GATEWAY_ID)],
      ...['--api-keys', process.env.WEFT_API_KEYS ?? join(settings.home, 'gateway/api-keys')],
      ...['--port', String(settings.ports.edge), '--admin-port', String(settings.ports.edgeAdmin)],
    ],
    progress,
    { env: meshEnvironment(settings) },
  );
}

/** Envoy by itself cuts what is under way when it is told to stop. */
function drainCommand(settings: MeshSettings): string {
  const words = [join(clone, 'gateway/drain.ts'), '--bootstrap', bootstrapFile(settings)];
  return [process.execPath, ...words].map(quote).join(' ');
}

function bootstrapFile(settings: MeshSettings): string {
  return join(settings.home, 'gateway/envoy.json');
}
