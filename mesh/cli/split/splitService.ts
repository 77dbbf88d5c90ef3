import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { assertKnown } from '../entries/assertKnown.ts';
import { type ConfigEntry, type Edit, editEntry, readEntry } from '../entries/editEntry.ts';
import { choosingHeader, type ServiceRouter, withHeaderChoice } from './headerChoice.ts';
import { assertWhole, type Share } from './parseShare.ts';
import { assertInstances, createSubsets, planSubsets } from './subsets.ts';

/** A `service-splitter` entry. */
export interface ServiceSplitter extends ConfigEntry {
  readonly Splits: readonly Split[];
}

interface Split {
  readonly Weight: number;
  /** Empty: the service itself. */
  readonly Service?: string;
  readonly ServiceSubset?: string;
}

export interface SplitOptions {
  readonly service: string;
  readonly shares: readonly Share[];
  /** Adds subsets that are missing. */
  readonly isToCreateSubsets: boolean;
  /** Also when a subset that gets traffic has no healthy instance. */
  readonly isForced: boolean;
  /** Calls whose header of this name names a subset go there; false: no header chooses; undefined: as it is. */
  readonly header: string | false | undefined;
}

/** What a command found and what it left. */
export interface SplitChange extends Edit<ServiceSplitter> {
  /** Subsets that it has added to the service-resolver. */
  readonly created: readonly string[];
  /** By which callers choose a subset; undefined: they cannot. */
  readonly header: { readonly before: string | undefined; readonly after: string | undefined };
}

const KIND = 'service-splitter';
const ROUTER = 'service-router';
/** Consul gives routes to these protocols only. */
const ROUTED = ['grpc', 'http2', 'http'];

/**
 * Divides a service's traffic among its subsets, once all is there that it takes.
 *
 * @throws CliError when the weights, the service or its subsets do not allow it.
 * @throws ConsulError when Consul refuses it.
 */
export async function splitService(
  consul: ConsulClient,
  { service, shares, isToCreateSubsets, isForced, header }: SplitOptions,
): Promise<SplitChange> {
  assertWhole(shares);
  await assertKnown(consul, service);
  await assertRouted(consul, service);
  const names = shares.map(({ subset }) => subset);
  const plan = await planSubsets(consul, service, names, isToCreateSubsets);
  if (!isForced) {
    const used = shares.filter(({ weight }) => weight > 0);
    const usedNames = used.map(({ subset }) => subset);
    await assertInstances(consul, service, usedNames, plan);
  }
  await createSubsets(consul, service, plan);
  const edit = await editEntry<ServiceSplitter>(consul, KIND, service, (entry) => ({
    ...(entry ?? { Kind: KIND, Name: service }),
    Splits: shares.map(({ subset, weight }) => ({ Weight: weight, ServiceSubset: subset })),
  }));
  return {
    ...edit,
    created: plan.missing,
    header: await chooseByHeader(consul, service, header, names),
  };
}

/**
 * Undoes every split, and the choice by header: calls go to all instances again, or to the resolver's default
 * subset.
 */
export async function clearSplit(consul: ConsulClient, service: string): Promise<SplitChange> {
  const header = await chooseByHeader(consul, service, false, []);
  const edit = await editEntry<ServiceSplitter>(consul, KIND, service, () => undefined);
  return { ...edit, created: [], header };
}

/** @throws CliError for a service that Consul does not know. */
export async function readSplit(
  consul: ConsulClient,
  service: string,
): Promise<{
  readonly splitter: ServiceSplitter | undefined;
  readonly header: string | undefined;
}> {
  await assertKnown(consul, service);
  return {
    splitter: await readEntry<ServiceSplitter>(consul, KIND, service),
    header: choosingHeader(await readEntry<ServiceRouter>(consul, ROUTER, service)),
  };
}

async function chooseByHeader(
  consul: ConsulClient,
  service: string,
  header: SplitOptions['header'],
  subsets: readonly string[],
): Promise<SplitChange['header']> {
  const { before, after } = await editEntry<ServiceRouter>(consul, ROUTER, service, (router) =>
    header === undefined ? router : withHeaderChoice(router, service, header || undefined, subsets),
  );
  return { before: choosingHeader(before), after: choosingHeader(after) };
}

async function assertRouted(consul: ConsulClient, service: string): Promise<void> {
  const entry = await readEntry<ConfigEntry & { Protocol?: string }>(
    consul,
    'service-defaults',
    service,
  );
  const protocol = entry?.Protocol || 'tcp';
  if (ROUTED.includes(protocol)) return;
  throw new CliError(
    `${service} is of protocol ${protocol} in Consul, which cannot be split: ` +
      'its service-defaults entry needs Protocol = "grpc".',
  );
}
