import type { Contracts } from '../../contracts/index.ts';
import { type EvaluatedRoutes, makeRouteTable } from '../chain/makeRouteTable.ts';
import type { MeshState } from '../watch/MeshState.ts';
import type { RoutingEntries } from '../watch/routing/RoutingEntries.ts';
import type { InstanceQuery } from './ResourcePlan.ts';

/**
 * One service's route table, evaluated once for each state of the entries.
 *
 * Two entries that belong together come in two answers: between them, a splitter may name a subset that
 * is not there yet, or no longer. So a table in which something leads nowhere does not take the place of
 * one in which all was well.
 */
export class RouteTables {
  readonly service: string;
  readonly #contracts: Contracts;
  #entries: RoutingEntries | undefined;
  #evaluated: EvaluatedRoutes | undefined;

  constructor(service: string, contracts: Contracts) {
    this.service = service;
    this.#contracts = contracts;
  }

  /** Undefined: Consul has not answered yet. */
  current({ routing }: MeshState): EvaluatedRoutes | undefined {
    if (!routing || routing === this.#entries) return this.#evaluated;
    this.#entries = routing;
    const methods = this.#contracts.methodsOf(this.service);
    const newest = makeRouteTable(this.service, methods, routing);
    const last = this.#evaluated;
    const isKept = newest.hasUnresolved && last && !last.hasUnresolved;
    this.#evaluated = isKept
      ? { ...last, visited: new Set([...last.visited, ...newest.visited]) }
      : newest;
    return this.#evaluated;
  }
}

/** The instances of all that a table leads to. */
export function queriesOf({ targets }: EvaluatedRoutes): InstanceQuery[] {
  return targets.map(({ target: { service }, filter }) => ({ service, filter }));
}

/**
 * Whether Consul has answered for all of them: a route must not name a cluster whose endpoints nobody
 * knows, for gRPC clients hold the whole configuration back, or calls, until they do.
 */
export function areKnown(state: MeshState, queries: readonly InstanceQuery[]): boolean {
  return queries.every(({ service, filter }) => state.instances(service, filter) !== undefined);
}
