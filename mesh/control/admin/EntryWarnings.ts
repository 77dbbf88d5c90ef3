import type { Logger } from 'pino';
import { entryWarnings } from '../chain/entryWarnings.ts';
import type { RouteTables } from '../plan/RouteTables.ts';
import type { MeshChange, MeshState } from '../watch/MeshState.ts';

export interface EntryWarningsOptions {
  readonly state: MeshState;
  readonly tables: RouteTables;
  readonly log: Logger;
}

/** What of Consul's routing entries and service-defaults has no effect, logged once each time it appears. */
export class EntryWarnings {
  readonly #options: EntryWarningsOptions;
  #list: readonly string[] = [];

  constructor(options: EntryWarningsOptions) {
    this.#options = options;
  }

  /** Such as "service-router/web: route 1 is left out: gRPC cannot match by QueryParam". Sorted. */
  get list(): readonly string[] {
    return this.#list;
  }

  apply({ what }: MeshChange): void {
    if (what !== 'routing' && what !== 'defaults') return;
    const { state, tables, log } = this.#options;
    if (!state.routing || !state.defaults) return;
    tables.update();
    const known = new Set(this.#list);
    const all = [...entryWarnings(state.routing, state.defaults), ...tables.warnings];
    this.#list = [...new Set(all)].sort();
    for (const warning of this.#list) {
      if (!known.has(warning)) log.warn({ warning }, 'a config entry is not wholly in force');
    }
  }
}
