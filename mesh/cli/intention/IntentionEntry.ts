import type { ConfigEntry } from '../entries/editEntry.ts';

export type Action = 'allow' | 'deny';

/** A `service-intentions` entry: who may call the service it is named after. */
export interface IntentionEntry extends ConfigEntry {
  readonly Sources?: readonly Source[];
}

/** What one caller may do: an action, or permissions of which the first that matches decides. */
export interface Source {
  readonly Name: string;
  readonly Action?: Action | '';
  readonly Permissions?: readonly Permission[] | null;
  readonly Description?: string;
  readonly Peer?: string;
  readonly SamenessGroup?: string;
}

export interface Permission {
  readonly Action: Action;
  readonly HTTP?: HttpMatch | null;
}

interface HttpMatch {
  readonly PathExact?: string;
  readonly PathPrefix?: string;
  readonly PathRegex?: string;
  readonly Methods?: readonly string[] | null;
  readonly Header?: readonly HeaderMatch[] | null;
}

interface HeaderMatch {
  readonly Name: string;
  readonly Present?: boolean;
  readonly Exact?: string;
  readonly Prefix?: string;
  readonly Suffix?: string;
  readonly Contains?: string;
  readonly Regex?: string;
  readonly Invert?: boolean;
}

/** The rule for callers of this name, which are services of this datacenter. */
export function sourceOf(entry: IntentionEntry | undefined, name: string): Source | undefined {
  return entry?.Sources?.find((source) => source.Name === name && isLocal(source));
}

/** Sources of peers and sameness groups may carry the same names, and are others. */
export function isLocal({ Peer, SamenessGroup }: Source): boolean {
  return !Peer && !SamenessGroup;
}
