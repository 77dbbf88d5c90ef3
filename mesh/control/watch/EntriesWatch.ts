import type { z } from 'zod';
import type { ConfigEntries, ConfigEntry } from './ConfigEntries.ts';
import { ConsulWatch, type ConsulWatchOptions } from './ConsulWatch.ts';
import { parseConfigEntries } from './parseConfigEntries.ts';

export interface EntriesWatchOptions<T>
  extends Pick<
    ConsulWatchOptions<ConfigEntries<T>>,
    'client' | 'log' | 'path' | 'recurse' | 'parse'
  > {
  /** What to call the entries in the log, such as "service-router". */
  readonly kind: string;
  /** Called with the names of the entries written or removed, and once at first. */
  changed(names: readonly string[]): void;
  /** Called after every attempt to ask Consul. */
  readonly asked?: ((path: string, error: Error | undefined) => void) | undefined;
}

/** Watches all entries of one kind. */
export class EntriesWatch<T> extends ConsulWatch<ConfigEntries<T>> {
  constructor({ kind, changed, asked, ...watch }: EntriesWatchOptions<T>) {
    super({
      ...watch,
      attempted: (error) => asked?.(watch.path, error),
      accepted(value, last) {
        const names = changedNames(value, last);
        for (const name of names) {
          const reason = value.entries.get(name)?.refused;
          if (reason) watch.log.warn({ kind, name, reason }, 'config entry cannot be read');
        }
        if (names.length > 0 || !last) changed(names);
      },
    });
  }

  /** By name; undefined until Consul has answered. */
  get entries(): ReadonlyMap<string, ConfigEntry<T>> | undefined {
    return this.value?.entries;
  }
}

/** Options to watch the config entries of a kind. */
export function configEntries<T>(
  kind: string,
  schema: z.ZodType<T>,
): Pick<EntriesWatchOptions<T>, 'kind' | 'path' | 'parse'> {
  return {
    kind,
    path: `/config/${kind}`,
    parse: (answer, last) => parseConfigEntries(kind, schema, answer, last),
  };
}

function changedNames<T>(value: ConfigEntries<T>, last: ConfigEntries<T> | undefined): string[] {
  const written = [...value.entries].filter(([name, one]) => last?.entries.get(name) !== one);
  const removed = [...(last?.entries.keys() ?? [])].filter((name) => !value.entries.has(name));
  return [...written.map(([name]) => name), ...removed];
}
