import { isServiceName } from '../syntax/isServiceName.ts';
import type { ConfigEntry } from '../watch/ConfigEntries.ts';
import type { IntentionSource, Intentions } from '../watch/intentions.ts';
import type { Permission } from '../watch/permission.ts';
import { canMatch, permissionProblem } from './permissionRule.ts';

/** Who may call a service, and how. */
export interface Authorization {
  /**
   * In the order of precedence: the first about a caller decides. Each source occurs once, "*" last; what
   * none is about is denied.
   */
  readonly decisions: readonly Decision[];
  /** What of the config entries could not be put in force, and what holds instead. */
  readonly warnings: readonly string[];
}

/** What the intentions say of one source. */
export interface Decision {
  /** A service, or "*": all that no decision before this one is about. */
  readonly source: string;
  /** The config entry that says so, such as "service-intentions/analytics". */
  readonly entry: string;
  /** A list: the first permission that matches a call decides; when none does, it is denied. */
  readonly verdict: 'allow' | 'deny' | readonly Permission[];
  /** Set: it is denied because what the entry says cannot be enforced. */
  readonly isRefused: boolean;
}

type IntentionEntries = ReadonlyMap<string, ConfigEntry<Intentions>>;

/**
 * Evaluates the intentions for one destination with Consul's precedence: the destination's own entry
 * before that of `*`, and in each the named sources before `*`. What nothing matches is denied.
 *
 * Whatever cannot be enforced denies: an unreadable entry, a condition that gRPC cannot check, a JWT
 * requirement (gRPC's servers have no filter for it), a name that is none of a service. Such a denial stays in the list,
 * so that no wider permission admits whom it is about.
 */
export function authorize(destination: string, entries: IntentionEntries): Authorization {
  const warnings: string[] = [];
  const decided = new Map<string, Decision>();
  for (const name of new Set([destination, '*'])) {
    const found = entries.get(name);
    if (!found) continue;
    const entry = `service-intentions/${name}`;
    if (found.refused) warnings.push(`${entry}: ${keptOrDenied(found)}: ${found.refused}`);
    if (found.value) decide(entry, found.value, decided, warnings);
    else decided.set('*', { source: '*', entry, verdict: 'deny', isRefused: true });
    if (decided.has('*')) break;
  }
  return { decisions: [...decided.values()].sort(namedFirst), warnings };
}

/** What of the entry of one name, a service or "*", is not in force. */
export function intentionWarnings(name: string, entries: IntentionEntries): readonly string[] {
  const entry = entries.get(name);
  return entry ? authorize(name, new Map([[name, entry]])).warnings : [];
}

/** Adds the entry's decisions to those of more precise entries, which stand. */
function decide(
  entry: string,
  { sources, requiresJwt }: Intentions,
  decided: Map<string, Decision>,
  warnings: string[],
): void {
  const warn = (name: string, why: string) => warnings.push(`${entry}: source "${name}": ${why}`);
  if (requiresJwt)
    warnings.push(`${entry}: JWT is not enforced by the mesh: its sources are denied`);
  for (const source of sources) {
    const { name } = source;
    if (source.elsewhere) {
      warn(name, `${source.elsewhere} is not part of this mesh: left out`);
      continue;
    }
    const problem = problemOf(source);
    if (problem) warn(name, `${problem}: denied`);
    for (const [at, permission] of source.permissions.entries()) {
      if (!problem && !canMatch(permission)) {
        warn(name, `permission ${at + 1}: matches no call, as all of gRPC's are POST`);
      }
    }
    if (decided.has(name)) continue;
    const isRefused = requiresJwt || problem !== undefined;
    const verdict = source.action === 'permissions' ? source.permissions : source.action;
    decided.set(name, { source: name, entry, verdict: isRefused ? 'deny' : verdict, isRefused });
  }
}

/** Why what is said of a source cannot be enforced, but by denying it. */
function problemOf(source: IntentionSource): string | undefined {
  const { name, action, permissions, unreadable } = source;
  if (action !== 'deny' && name !== '*' && !isServiceName(name)) {
    return 'no name that a SPIFFE id can carry';
  }
  if (unreadable) return `Permissions cannot be read: ${unreadable.replaceAll(/\s+/g, ' ')}`;
  for (const [at, permission] of permissions.entries()) {
    const problem = permissionProblem(permission);
    if (problem) return `permission ${at + 1}: ${problem}`;
  }
  return undefined;
}

function namedFirst(a: Decision, b: Decision): number {
  return Number(a.source === '*') - Number(b.source === '*') || (a.source < b.source ? -1 : 1);
}

function keptOrDenied(entry: ConfigEntry<Intentions>): string {
  return entry.value
    ? 'cannot be read, its last good form holds'
    : 'cannot be read, all are denied';
}
