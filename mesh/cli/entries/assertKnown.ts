import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { readEntry } from './editEntry.ts';

/**
 * Consul knows a service by an instance or by its `service-defaults`.
 *
 * @throws CliError that names those it knows.
 */
export async function assertKnown(consul: ConsulClient, service: string): Promise<void> {
  const { value: catalog } = await consul.read<Record<string, unknown>>('/catalog/services');
  if (Object.hasOwn(catalog, service)) return;
  if (await readEntry(consul, 'service-defaults', service)) return;
  const known = Object.keys(catalog).filter((name) => name !== 'consul');
  throw new CliError(
    `Consul knows no service "${service}". It knows: ${known.sort().join(', ') || 'none'}.`,
    { exitCode: 2 },
  );
}
