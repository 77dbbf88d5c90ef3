import { readFile } from 'node:fs/promises';
import { tokenFile } from '../acl/tokenFile.ts';
import { OPERATOR } from '../acl/tokenHolders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { askHttp } from '../setup/askHttp.ts';
import { instanceId } from './instanceId.ts';

interface HealthEntry {
  readonly Service: { readonly ID: string };
  readonly Checks: readonly { readonly Status: string; readonly Output: string }[];
}

/**
 * Asks Consul whether the instance of a service that runs here is healthy.
 *
 * @throws with the reason when it is not.
 */
export async function assertPassing(
  { home, ports, secure }: MeshSettings,
  service: string,
  signal: AbortSignal,
): Promise<void> {
  const url = `http://127.0.0.1:${ports.consul}/v1/health/service/${service}`;
  const token = secure ? await readFile(tokenFile(home, OPERATOR), 'utf8') : undefined;
  const entries = JSON.parse(await askHttp(url, signal, token)) as HealthEntry[];
  const entry = entries.find(({ Service }) => Service.ID === instanceId(service));
  if (!entry) throw new Error('has not registered in Consul yet');
  const failing = entry.Checks.find(({ Status }) => Status !== 'passing');
  if (!failing) return;
  const output = failing.Output.trim().split('\n', 1)[0]?.slice(0, 200);
  throw new Error(`is ${failing.Status} in Consul${output ? `: ${output}` : ''}`);
}
