import type { ConsulClient } from '@weft/mesh/consul';
import { MADE_BY_MAKE_UP } from '@weft/mesh/local';
import { CliError } from '../CliError.ts';
import { assertKnown } from '../entries/assertKnown.ts';
import { editEntry, readEntry } from '../entries/editEntry.ts';
import { readCatalog } from '../entries/readCatalog.ts';
import {
  type Action,
  type IntentionEntry,
  isLocal,
  type Source,
  sourceOf,
} from './IntentionEntry.ts';
import { type Narrowing, type Rule, ruleFor } from './ruleFor.ts';

/** Consul's word for any service. */
export const ANY = '*';
const KIND = 'service-intentions';

/** A caller's rule as it was and as it is; undefined: it has none of its own. */
export interface RuleChange {
  readonly before: Rule | undefined;
  readonly after: Rule | undefined;
}

/**
 * Allows or denies calls, and leaves the rules of all other callers alone.
 *
 * @param isForced Also for a destination that Consul does not know yet.
 * @throws CliError for an unknown destination, and for a deny that would take nothing away.
 */
export async function setIntention(
  consul: ConsulClient,
  action: Action,
  source: string,
  destination: string,
  narrowing: Narrowing,
  isForced: boolean,
): Promise<RuleChange> {
  if (destination !== ANY && !isForced) await assertKnown(consul, destination);
  const { before, after } = await editEntry<IntentionEntry>(consul, KIND, destination, (entry) => {
    const own = sourceOf(entry, source);
    const { Action: _, Permissions: __, ...rest } = own ?? { Name: source };
    const changed: Source = {
      ...rest,
      ...(rest.Description === MADE_BY_MAKE_UP && { Description: '' }),
      ...ruleFor(action, narrowing, own ?? sourceOf(entry, ANY)),
    };
    return {
      ...(entry ?? { Kind: KIND, Name: destination }),
      Sources: [...others(entry, source), changed],
    };
  });
  return { before: sourceOf(before, source), after: sourceOf(after, source) };
}

/**
 * Takes a caller's rule away: what holds for `*` holds for it then, and else it may not call.
 *
 * @throws CliError when there is none.
 */
export async function deleteIntention(
  consul: ConsulClient,
  source: string,
  destination: string,
): Promise<RuleChange> {
  const { before, after } = await editEntry<IntentionEntry>(consul, KIND, destination, (entry) => {
    if (!entry || !sourceOf(entry, source)) {
      throw new CliError(`there is no intention ${source} -> ${destination}`);
    }
    const Sources = others(entry, source);
    return Sources.length > 0 ? { ...entry, Sources } : undefined;
  });
  return { before: sourceOf(before, source), after: sourceOf(after, ANY) };
}

/** All intentions, by destination and source. */
export async function listIntentions(consul: ConsulClient): Promise<readonly IntentionEntry[]> {
  const { value } = await consul.read<IntentionEntry[]>(`/config/${KIND}`);
  return value.sort((a, b) => a.Name.localeCompare(b.Name));
}

/** Whether a caller of this name runs, or is at least declared. */
export async function isRegistered(consul: ConsulClient, service: string): Promise<boolean> {
  return (
    (await readCatalog(consul)).has(service) ||
    (await readEntry(consul, 'service-defaults', service)) !== undefined
  );
}

function others(entry: IntentionEntry | undefined, name: string): Source[] {
  return (entry?.Sources ?? []).filter((source) => source.Name !== name || !isLocal(source));
}
