import { type ConsulClient, SERVICES_ONLY } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { tokenHint } from '../output/tokenHint.ts';

/**
 * The names of all services that Consul shows.
 *
 * @throws CliError when it does not even show itself: with ACLs on, it leaves out what the token may not see.
 */
export async function readCatalog(consul: ConsulClient): Promise<ReadonlySet<string>> {
  const { value } = await consul.read<Record<string, unknown>>('/catalog/services', {
    filter: SERVICES_ONLY,
  });
  if (Object.hasOwn(value, 'consul')) return new Set(Object.keys(value));
  throw new CliError(`Consul shows none of its services.\n${tokenHint()}`);
}
