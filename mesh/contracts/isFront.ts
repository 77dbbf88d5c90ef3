import { edgeNames } from './edgeNames.ts';

/**
 * The services by which callers from outside come: the edge, and the service that answers GraphQL behind it. They may call what is
 * open to the outside, of every service, and call for others alone: without a principal a call of theirs is nobody's, and not
 * the call of a service of the mesh.
 */
const FRONTS: ReadonlySet<string> = new Set([edgeNames.service, 'graphql']);

/** Whether callers from outside come by the service of this name in Consul. */
export function isFront(service: string | undefined): boolean {
  return service !== undefined && FRONTS.has(service);
}
