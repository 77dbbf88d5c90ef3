import { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { consulClient } from './consulClient.ts';
import { HealthChecks } from './HealthChecks.ts';
import { instanceId } from './instanceId.ts';

/** One for each mesh. */
const known = new WeakMap<MeshSettings, HealthChecks>();

/**
 * Asks Consul whether the instance of a service that runs here is healthy. When it is not, the next who asks waits for a
 * change, a second at most.
 *
 * @param instance Default: the one that always runs.
 * @throws with the reason when it is not.
 */
export async function assertPassing(
  settings: MeshSettings,
  service: string,
  signal: AbortSignal,
  instance?: string,
): Promise<void> {
  const checks = known.get(settings) ?? healthChecks(settings);
  known.set(settings, checks);
  const id = instanceId(service, instance);
  const own = (await checks.read(signal)).filter(({ ServiceID }) => ServiceID === id);
  const failing = own.find(({ Status }) => Status !== 'passing');
  if (own.length > 0 && !failing) return;
  checks.wait();
  if (!failing) throw new Error('has not registered in Consul yet');
  const output = failing.Output.trim().split('\n', 1)[0]?.slice(0, 200);
  throw new Error(`is ${failing.Status} in Consul${output ? `: ${output}` : ''}`);
}

function healthChecks({ home, insecure }: MeshSettings): HealthChecks {
  const folders = new Folders(home);
  return new HealthChecks(insecure ? consulClient(folders, '') : consulClient(folders));
}
