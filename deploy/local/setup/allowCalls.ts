import type { ConsulClient, ConsulError } from '@weft/mesh/consul';
import { MADE_BY_MAKE_UP } from '@weft/mesh/local';

/** Which services may call a service. */
export interface Permission {
  readonly service: string;
  readonly callers: readonly CallerPermission[];
}

export interface CallerPermission {
  readonly caller: string;
  /** HTTP/2 paths that it may call: of methods, and all that are below one with a slash at its end. Undefined: all. */
  readonly paths?: readonly string[];
}

interface PathMatch {
  readonly PathExact?: string;
  readonly PathPrefix?: string;
}

/** A caller's rule in a `service-intentions` entry. */
interface Source {
  readonly Name: string;
  readonly Action?: string;
  readonly Permissions?:
    | readonly { readonly Action: string; readonly HTTP?: PathMatch | null }[]
    | null;
  readonly Description?: string;
  readonly Peer?: string;
  readonly SamenessGroup?: string;
}

interface ConfigEntry {
  readonly Kind: string;
  readonly Name: string;
  readonly Sources?: readonly Source[];
  readonly ModifyIndex?: number;
}

/**
 * Writes what the mesh needs into Consul's config entries, and touches nothing that others have decided: whoever denies
 * a caller, or gives it rules of its own, finds them again after the next start. Rules of its own are brought up to date.
 */
export async function allowCalls(
  consul: ConsulClient,
  permissions: readonly Permission[],
): Promise<void> {
  for (const { service, callers } of permissions) {
    await declareGrpc(consul, service);
    await allowCallers(consul, service, callers);
  }
}

async function declareGrpc(consul: ConsulClient, service: string): Promise<void> {
  if (await readEntry(consul, 'service-defaults', service)) return;
  await writeEntry(consul, { Kind: 'service-defaults', Name: service, Protocol: 'grpc' }, 0);
}

async function allowCallers(
  consul: ConsulClient,
  service: string,
  callers: readonly CallerPermission[],
): Promise<void> {
  const entry = await readEntry(consul, 'service-intentions', service);
  const known = entry?.Sources ?? [];
  const wanted = new Map(callers.map((permission) => [permission.caller, sourceFor(permission)]));
  const Sources = known.map((source) => {
    const own = isLocal(source) ? wanted.get(source.Name) : undefined;
    if (own) wanted.delete(source.Name);
    return own && isOurs(source) && !isSame(source, own) ? own : source;
  });
  const added = [...wanted.values()];
  if (added.length === 0 && Sources.every((source, index) => source === known[index])) return;
  await writeEntry(
    consul,
    { Kind: 'service-intentions', Name: service, ...entry, Sources: [...Sources, ...added] },
    entry?.ModifyIndex ?? 0,
  );
}

function sourceFor({ caller, paths }: CallerPermission): Source {
  const rule = paths
    ? { Permissions: paths.map((path) => ({ Action: 'allow', HTTP: matchOf(path) })) }
    : { Action: 'allow' };
  return { Name: caller, ...rule, Description: MADE_BY_MAKE_UP };
}

function matchOf(path: string): PathMatch {
  return path.endsWith('/') ? { PathPrefix: path } : { PathExact: path };
}

/** Sources of peers and sameness groups may carry the same names, and are others. */
function isLocal({ Peer, SamenessGroup }: Source): boolean {
  return !Peer && !SamenessGroup;
}

/** Whether it has been written here, and nobody has denied anything in it since. */
function isOurs({ Description, Action, Permissions }: Source): boolean {
  const actions = Permissions?.length ? Permissions.map((each) => each.Action) : [Action];
  return Description === MADE_BY_MAKE_UP && actions.every((action) => action === 'allow');
}

function isSame(one: Source, other: Source): boolean {
  return pathsOf(one) === pathsOf(other);
}

function pathsOf({ Permissions }: Source): string {
  const paths = (Permissions ?? []).map(({ HTTP }) => HTTP?.PathExact || HTTP?.PathPrefix);
  return paths.toSorted().join(' ');
}

async function readEntry(
  consul: ConsulClient,
  kind: string,
  name: string,
): Promise<ConfigEntry | undefined> {
  try {
    return (await consul.read<ConfigEntry>(`/config/${kind}/${name}`)).value;
  } catch (error) {
    if ((error as ConsulError).statusCode === 404) return undefined;
    throw error;
  }
}

/** @param index Of the entry as it was read; 0: it must not exist. */
async function writeEntry(consul: ConsulClient, entry: object, index: number): Promise<void> {
  const written = await consul.write<boolean>(`/config?cas=${index}`, entry);
  if (!written) throw new Error('Consul: a config entry was changed meanwhile: try again');
}
