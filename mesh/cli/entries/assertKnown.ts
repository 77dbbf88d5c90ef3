import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { readEntry } from './editEntry.ts';
import { readCatalog } from './readCatalog.ts';

/**
 * Consul knows a service by an instance or by its `service-defaults`.
 *
 * @throws CliError that names those it knows, or says what token is missing.
 */
export async function assertKnown(consul: ConsulClient, service: string): Promise<void> {
  const catalog = await readCatalog(consul);
  if (catalog.has(service)) return;
  if (await readEntry(consul, 'service-defaults', service)) return;
  const known = [...catalog].filter((name) => name !== 'consul');
  throw new CliError(
    `Consul knows no service "${service}". It knows: ${known.sort().join(', ') || 'none'}.`,
    { exitCode: 2 },
  );
}
