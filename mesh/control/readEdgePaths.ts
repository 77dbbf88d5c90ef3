import { type Contracts, isOpen } from '../contracts/index.ts';
import { readServices } from '../manifest/index.ts';
import type { EdgePath } from './translate/httpRoutes.ts';

/**
 * The paths at the edge that lead to the HTTP of services, as their manifests say.
 *
 * @param folder Of the groups of services.
 * @throws ManifestError, and Error for a path that would take the calls of a REST binding away.
 */
export async function readEdgePaths(folder: string, contracts: Contracts): Promise<EdgePath[]> {
  const services = await readServices(folder);
  const paths = services.flatMap(({ name, http }) =>
    http.map((path): EdgePath => ({ ...path, service: name })),
  );
  const bindings = contracts.methods.filter(isOpen).flatMap(({ http }) => http);
  for (const { path, service } of paths) {
    const taken = bindings.find((one) => one.path === path || one.path.startsWith(`${path}/`));
    if (taken)
      throw new Error(`${service}: http: ${path} would take ${taken.path} from its method`);
  }
  return paths;
}
