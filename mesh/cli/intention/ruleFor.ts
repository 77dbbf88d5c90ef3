import { CliError } from '../CliError.ts';
import type { Action, Permission, Source } from './IntentionEntry.ts';

/** A caller's rule without its name: an action, or permissions. */
export type Rule = Pick<Source, 'Action' | 'Permissions'>;

/** To which calls a rule is narrowed; neither: all. */
export interface Narrowing {
  readonly paths: readonly string[];
  readonly pathPrefixes: readonly string[];
  /** The calls must carry all of these, each with exactly this value. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const EVERYTHING: Permission = { Action: 'allow', HTTP: { PathPrefix: '/' } };

/**
 * The rule that a caller has after `allow` or `deny`.
 *
 * Narrowed ones go before the permissions there are, so they decide first. An allow of everything gives way
 * to a narrowed allow; a narrowed deny leaves the rest of it as it was, and never opens anything.
 *
 * @param former What holds for the caller so far.
 * @throws CliError for a narrowed deny of a caller that may not call at all.
 */
export function ruleFor(action: Action, narrowing: Narrowing, former: Rule | undefined): Rule {
  const added = permissionsOf(action, narrowing);
  if (added.length === 0) return { Action: action };
  const permissions = former?.Permissions ?? [];
  if (permissions.length > 0) return { Permissions: [...added, ...permissions] };
  if (action === 'allow') return { Permissions: added };
  if (former?.Action === 'allow') return { Permissions: [...added, EVERYTHING] };
  throw new CliError('it may not call at all: there is nothing to take away from it');
}

function permissionsOf(action: Action, { paths, pathPrefixes, headers }: Narrowing): Permission[] {
  const matches = [
    ...paths.map((path) => ({ PathExact: path })),
    ...pathPrefixes.map((prefix) => ({ PathPrefix: prefix })),
  ];
  if (headers.length === 0) return matches.map((HTTP) => ({ Action: action, HTTP }));
  const Header = headers.map(([Name, Exact]) => ({ Name, Exact }));
  const narrowed = matches.length > 0 ? matches : [{ PathPrefix: '/' }];
  return narrowed.map((match) => ({ Action: action, HTTP: { ...match, Header } }));
}
