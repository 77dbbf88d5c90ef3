import type { ConfigEntry } from '../entries/editEntry.ts';

/** A `service-router` entry. */
export interface ServiceRouter extends ConfigEntry {
  readonly Routes?: readonly RouterRoute[] | null;
}

interface RouterRoute {
  readonly Match?: { readonly HTTP?: HttpMatch | null } | null;
  readonly Destination?: { readonly ServiceSubset?: string } | null;
}

interface HttpMatch {
  readonly PathPrefix?: string;
  readonly Header?: readonly HeaderMatch[] | null;
}

interface HeaderMatch {
  readonly Name?: string;
  readonly Exact?: string;
  readonly Invert?: boolean;
}

/**
 * The router with a choice by header in front of its other routes: a call whose header names a subset goes
 * there, whatever the split says. The choice that was there before goes.
 *
 * @param header Undefined: none chooses.
 * @returns the same object when nothing changes, undefined when no route is left.
 */
export function withHeaderChoice(
  router: ServiceRouter | undefined,
  service: string,
  header: string | undefined,
  subsets: readonly string[],
): ServiceRouter | undefined {
  const routes = router?.Routes ?? [];
  const others = routes.filter((route) => chosenBy(route) === undefined);
  if (header === undefined && others.length === routes.length) return router;
  const choices = header === undefined ? [] : subsets.map((subset) => choice(header, subset));
  if (others.length + choices.length === 0) return undefined;
  const entry = router ?? { Kind: 'service-router', Name: service };
  return { ...entry, Routes: [...choices, ...others] };
}

/** The header by which callers choose a subset. Undefined: there is none. */
export function choosingHeader(router: ServiceRouter | undefined): string | undefined {
  for (const route of router?.Routes ?? []) {
    const header = chosenBy(route);
    if (header !== undefined) return header;
  }
  return undefined;
}

function choice(header: string, subset: string): RouterRoute {
  return {
    Match: { HTTP: { PathPrefix: '/', Header: [{ Name: header, Exact: subset }] } },
    Destination: { ServiceSubset: subset },
  };
}

/** The header of a route that does nothing but lead to the subset that its header names. */
function chosenBy({ Match, Destination }: RouterRoute): string | undefined {
  const { Header, PathPrefix = '/', ...conditions } = Match?.HTTP ?? {};
  const { ServiceSubset, ...more } = Destination ?? {};
  const [header, ...others] = Header ?? [];
  if (!header || others.length > 0 || PathPrefix !== '/') return undefined;
  const { Name, Exact, ...tests } = header;
  const isPlain = [conditions, more, tests].every((rest) => !Object.values(rest).some(isSaid));
  return isPlain && Exact && Exact === ServiceSubset ? Name : undefined;
}

/** Consul's zero values say nothing. */
function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value) && value !== '0s';
}
