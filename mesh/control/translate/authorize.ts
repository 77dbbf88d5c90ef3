import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import type { IntentionSource, Intentions } from '../watch/intentions.ts';
import { isServiceName } from './spiffe.ts';

/** Who may call a service. Whoever is not named may not. */
export interface Authorization {
  /** Services that may call, sorted. Empty when `othersExcept` is set. */
  readonly allowed: readonly string[];
  /** Set: every service of the mesh may call, except these. */
  readonly othersExcept: readonly string[] | undefined;
  /** What of the config entries could not be put in force, and what holds instead. */
  readonly warnings: readonly string[];
}

type IntentionEntries = ReadonlyMap<string, ConfigEntry<Intentions>>;

/**
 * Evaluates the intentions for one destination with Consul's precedence: the destination's own entry
 * before that of `*`, and in each the named sources before `*`. What nothing matches is denied.
 *
 * Whatever cannot be enforced denies: an unreadable entry, permissions on layer 7, a JWT requirement.
 */
export function authorize(destination: string, entries: IntentionEntries): Authorization {
  const warnings: string[] = [];
  const decided = new Map<string, boolean>();
  for (const name of new Set([destination, '*'])) {
    const entry = entries.get(name);
    if (!entry) continue;
    const label = `service-intentions/${name}`;
    if (entry.refused) warnings.push(`${label}: ${keptOrDenied(entry)}: ${entry.refused}`);
    if (!entry.value) break;
    decide(label, entry.value, decided, warnings);
    if (decided.has('*')) break;
  }
  const othersMayCall = decided.get('*') ?? false;
  decided.delete('*');
  const named = (may: boolean) =>
    [...decided]
      .filter(([, allowed]) => allowed === may)
      .map(([service]) => service)
      .sort();
  return {
    allowed: othersMayCall ? [] : named(true),
    othersExcept: othersMayCall ? named(false) : undefined,
    warnings,
  };
}

/** Adds the entry's decisions to those of more precise entries, which stand. */
function decide(
  label: string,
  { sources, requiresJwt }: Intentions,
  decided: Map<string, boolean>,
  warnings: string[],
): void {
  const refuse = (source: IntentionSource, why: string) =>
    warnings.push(`${label}: source "${source.name}": ${why}`);
  if (requiresJwt)
    warnings.push(`${label}: JWT is not enforced by the mesh: its sources are denied`);
  for (const source of [...sources].sort(namedFirst)) {
    if (source.elsewhere) {
      refuse(source, `${source.elsewhere} is not part of this mesh: left out`);
      continue;
    }
    if (source.name !== '*' && !isServiceName(source.name)) {
      refuse(source, 'no name that a SPIFFE id can carry: left out');
      continue;
    }
    if (source.action === 'permissions') {
      refuse(source, 'Permissions (layer 7) are not enforced by the mesh: denied');
    }
    if (decided.has(source.name)) continue;
    decided.set(source.name, source.action === 'allow' && !requiresJwt);
  }
}

function namedFirst(a: IntentionSource, b: IntentionSource): number {
  return Number(a.name === '*') - Number(b.name === '*');
}

function keptOrDenied(entry: ConfigEntry<Intentions>): string {
  return entry.value
    ? 'cannot be read, its last good form holds'
    : 'cannot be read, all are denied';
}
