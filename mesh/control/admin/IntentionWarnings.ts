import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { intentionWarnings } from '../translate/authorize.ts';
import type { MeshChange, MeshState } from '../watch/MeshState.ts';

export interface IntentionWarningsOptions {
  readonly state: Pick<MeshState, 'intentions'>;
  readonly log: Logger;
}

/** Logs what of the intentions is not in force: once an entry, and again when it has changed. */
export class IntentionWarnings {
  readonly #options: IntentionWarningsOptions;
  readonly #logged = new Map<string, readonly string[]>();

  constructor(options: IntentionWarningsOptions) {
    this.#options = options;
  }

  apply(change: MeshChange): void {
    if (change.what !== 'intentions') return;
    const { state, log } = this.#options;
    for (const name of change.services) {
      const warnings = intentionWarnings(name, state.intentions ?? new Map());
      if (isDeepStrictEqual(this.#logged.get(name) ?? [], warnings)) continue;
      if (warnings.length > 0) this.#logged.set(name, warnings);
      else this.#logged.delete(name);
      for (const warning of warnings) log.warn({ warning }, 'an intention is not wholly in force');
    }
  }
}
