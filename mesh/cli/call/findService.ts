import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { readCatalog } from '../entries/readCatalog.ts';

/**
 * The mesh service whose instances serve a gRPC service, by what they said when they registered.
 *
 * @throws CliError when none or several do.
 * @throws ConsulError
 */
export async function findService(consul: ConsulClient, grpcService: string): Promise<string> {
  const names = [...(await readCatalog(consul))].sort();
  const serves = await Promise.all(names.map((name) => isServedBy(consul, name, grpcService)));
  const found = names.filter((_, index) => serves[index]);
  const [only] = found;
  if (only && found.length === 1) return only;
  const why = only ? `${found.join(' and ')} both serve` : 'no service in Consul serves';
  throw new CliError(`${why} ${grpcService}: name one with --service`);
}

async function isServedBy(
  consul: ConsulClient,
  name: string,
  grpcService: string,
): Promise<boolean> {
  const path = `/catalog/service/${encodeURIComponent(name)}`;
  const { value } = await consul.read<{ ServiceMeta?: Record<string, string> }[]>(path);
  return value.some(({ ServiceMeta }) =>
    (ServiceMeta?.['weft-grpc'] ?? '').split(',').includes(grpcService),
  );
}
