import type { ServiceFolder } from '@weft/mesh/manifest';

type Known = Pick<ServiceFolder, 'name' | 'group' | 'upstreams'>;

/**
 * The services that some names mean: groups stand for all of theirs.
 *
 * @throws when a name is neither a group nor a service, with those that there are.
 */
export function namedServices<Service extends Known>(
  names: readonly string[],
  known: readonly Service[],
): Service[] {
  const unknown = names.filter(
    (each) => !known.some(({ name, group }) => each === name || each === group),
  );
  if (unknown.length > 0) throw new Error(`${describeUnknown(unknown)}\n${listServices(known)}`);
  return known.filter(({ name, group }) => names.includes(name) || names.includes(group));
}

/**
 * The services that some names mean, and all that these call, directly or not. Never those whose events they consume:
 * events wait for who is not there.
 *
 * @throws as namedServices().
 */
export function chooseServices<Service extends Known>(
  names: readonly string[],
  known: readonly Service[],
): Service[] {
  const chosen = new Set(namedServices(names, known));
  // A set is walked in the order of insertion, and also over what is added on the way.
  for (const { upstreams } of chosen) {
    for (const service of known) if (upstreams.includes(service.name)) chosen.add(service);
  }
  return known.filter((service) => chosen.has(service));
}

/** A line for each group, with its services. */
export function listServices(known: readonly Known[]): string {
  const groups = Map.groupBy(known, ({ group }) => group);
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([group, members]) => `  ${group}: ${members.map(({ name }) => name).join(', ')}`)
    .join('\n');
}

function describeUnknown(names: readonly string[]): string {
  const what = names.length === 1 ? 'no group or service' : 'no groups or services';
  return `There is ${what} ${names.join(', ')}. There are:`;
}
