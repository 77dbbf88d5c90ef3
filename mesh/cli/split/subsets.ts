import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import { isUsable } from '../../control/watch/Instance.ts';
import { parseInstances } from '../../control/watch/parseInstances.ts';
import { CliError } from '../CliError.ts';
import { type ConfigEntry, editEntry, readEntry } from '../entries/editEntry.ts';

/** The part of a `service-resolver` entry that tells the versions of a service apart. */
interface ServiceResolver extends ConfigEntry {
  readonly Subsets?: Readonly<Record<string, Subset>>;
}

interface Subset {
  /** In Consul's filter language, over instances; empty: all of them. */
  readonly Filter?: string;
  readonly OnlyPassing?: boolean;
}

/** The subsets that a split takes. */
export interface SubsetPlan {
  /** Of each subset, existing or not. */
  readonly filters: Readonly<Record<string, string>>;
  /** Those that the service-resolver does not have. */
  readonly missing: readonly string[];
}

/**
 * Looks for the subsets.
 *
 * @param isToCreate What is missing may be added: the instances whose version in Consul is the subset's name.
 * @throws CliError when one is missing and shall not be added.
 */
export async function planSubsets(
  consul: ConsulClient,
  service: string,
  names: readonly string[],
  isToCreate: boolean,
): Promise<SubsetPlan> {
  const resolver = await readEntry<ServiceResolver>(consul, 'service-resolver', service);
  const missing = names.filter((name) => resolver?.Subsets?.[name] === undefined);
  if (missing.length > 0 && !isToCreate) throw unknownSubsets(service, missing, resolver);
  const filterOf = (name: string) =>
    missing.includes(name) ? versionFilter(name) : (resolver?.Subsets?.[name]?.Filter ?? '');
  return { missing, filters: Object.fromEntries(names.map((name) => [name, filterOf(name)])) };
}

/** Adds the missing ones to the service-resolver, which is made when there is none. */
export async function createSubsets(
  consul: ConsulClient,
  service: string,
  { missing, filters }: SubsetPlan,
): Promise<void> {
  if (missing.length === 0) return;
  const added = Object.fromEntries(missing.map((name) => [name, { Filter: filters[name] ?? '' }]));
  await editEntry<ServiceResolver>(consul, 'service-resolver', service, (entry) => ({
    ...(entry ?? { Kind: 'service-resolver', Name: service }),
    Subsets: { ...added, ...entry?.Subsets },
  }));
}

/**
 * A subset without a usable instance fails the calls that it is given.
 *
 * @throws CliError that names those without one.
 */
export async function assertInstances(
  consul: ConsulClient,
  service: string,
  names: readonly string[],
  { filters }: SubsetPlan,
): Promise<void> {
  const empty: string[] = [];
  for (const name of names) {
    const filter = filters[name];
    const path = `/health/connect/${encodeURIComponent(service)}`;
    const { value } = await consul
      .read(path, filter ? { filter } : {})
      .catch((error: Error) => Promise.reject(filter ? ofSubset(error, service, name) : error));
    if (!parseInstances(value, undefined).instances.some(isUsable)) empty.push(name);
  }
  if (empty.length === 0) return;
  throw new CliError(
    `${service}: no healthy instance is in ${empty.join(', ')}: calls given to it would fail. ` +
      'Start one (WEFT_VERSION is its version), or say --force.',
  );
}

/** Consul takes a filter into a service-resolver that it cannot evaluate. */
function ofSubset(error: Error, service: string, subset: string): Error {
  if (!(error instanceof ConsulError) || error.statusCode === undefined) return error;
  const entry = `service-resolver/${service}`;
  return new CliError(
    `${entry}: Consul refuses the filter of subset "${subset}": ${error.reason}`,
    { cause: error },
  );
}

function versionFilter(version: string): string {
  return `Service.Meta.version == "${version}"`;
}

function unknownSubsets(
  service: string,
  missing: readonly string[],
  resolver: ServiceResolver | undefined,
): CliError {
  const known =
    Object.keys(resolver?.Subsets ?? {})
      .sort()
      .join(', ') || 'none';
  return new CliError(
    `${service} has no subset ${missing.join(', ')} in its service-resolver (it has: ${known}). ` +
      `With --create-subsets a subset is made of the instances of that version: ${versionFilter(missing[0] ?? '')}.`,
    { exitCode: 2 },
  );
}
