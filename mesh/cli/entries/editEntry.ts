import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';

/** How often somebody else may be faster before an edit gives up. */
const ATTEMPTS = 5;

/** A config entry as Consul's HTTP API has it. */
export interface ConfigEntry {
  readonly Kind: string;
  readonly Name: string;
  readonly ModifyIndex?: number;
}

/** What an edit found, and what it left; undefined: no such entry. */
export interface Edit<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/**
 * Changes a config entry by check-and-set: what somebody else writes meanwhile is never lost, the change is
 * worked out anew from it.
 *
 * @param change Given the entry as it is; answers what it shall be, undefined to remove it, or the very same
 * object to leave it alone. May be called more than once.
 * @throws ConsulError when Consul refuses the entry, or cannot be reached.
 * @throws CliError when others write it without pause.
 */
export async function editEntry<T extends ConfigEntry>(
  consul: ConsulClient,
  kind: string,
  name: string,
  change: (before: T | undefined) => T | undefined,
): Promise<Edit<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await readEntry<T>(consul, kind, name);
    const after = change(before);
    if (after === before) return { before, after };
    const index = before?.ModifyIndex ?? 0;
    const isWritten = after
      ? await consul.write<boolean>(`/config?cas=${index}`, after)
      : await consul.remove<boolean>(`${pathOf(kind, name)}?cas=${index}`);
    if (isWritten) return { before, after };
  }
  throw new CliError(`${kind} of ${name} is being written by somebody else: try again`);
}

/** @returns undefined when there is none. */
export async function readEntry<T extends ConfigEntry>(
  consul: ConsulClient,
  kind: string,
  name: string,
): Promise<T | undefined> {
  try {
    return (await consul.read<T>(pathOf(kind, name))).value;
  } catch (error) {
    if (error instanceof ConsulError && error.statusCode === 404) return undefined;
    throw error;
  }
}

function pathOf(kind: string, name: string): string {
  return `/config/${kind}/${encodeURIComponent(name)}`;
}
