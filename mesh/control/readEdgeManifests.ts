import { type Contracts, edgeNames, isOpen } from '../contracts/index.ts';
import { type AddressLimit, readServices } from '../manifest/index.ts';
import type { EdgePath } from './translate/httpRoutes.ts';

/** What manifests say of the edge. */
export interface EdgeManifests {
  /** Paths that lead to the HTTP of services. */
  readonly http: readonly EdgePath[];
  readonly addressLimits: readonly AddressLimit[];
}

/**
 * Reads what services' manifests say of the edge.
 *
 * @param folder Of the groups of services.
 * @throws ManifestError, and Error for a path that would take the calls of a REST binding away.
 */
export async function readEdgeManifests(
  folder: string,
  contracts: Contracts,
): Promise<EdgeManifests> {
  const services = await readServices(folder);
  const paths = services.flatMap(({ name, http }) =>
    http.map((path): EdgePath => ({ ...path, service: name })),
  );
  const bindings = contracts.methods.filter(isOpen).flatMap(({ http }) => http);
  for (const { path, service } of paths) {
    if (path === edgeNames.healthPath) {
      throw new Error(`${service}: http: ${path} is answered by the edge itself`);
    }
    const taken = bindings.find((one) => one.path === path || one.path.startsWith(`${path}/`));
    if (taken)
      throw new Error(`${service}: http: ${path} would take ${taken.path} from its method`);
  }
  return { http: paths, addressLimits: services.flatMap(({ addressLimits }) => addressLimits) };
}
