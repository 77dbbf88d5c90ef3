import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { assertKnown } from '../entries/assertKnown.ts';
import { type ConfigEntry, type Edit, editEntry, readEntry } from '../entries/editEntry.ts';
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
}

const KIND = 'service-splitter';
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
  { service, shares, isToCreateSubsets, isForced }: SplitOptions,
): Promise<Edit<ServiceSplitter> & { readonly created: readonly string[] }> {
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
  return { ...edit, created: plan.missing };
}

/** Undoes every split: calls go to all instances again, or to the resolver's default subset. */
export function clearSplit(consul: ConsulClient, service: string): Promise<Edit<ServiceSplitter>> {
  return editEntry<ServiceSplitter>(consul, KIND, service, () => undefined);
}

/** @throws CliError for a service that Consul does not know. */
export async function readSplit(
  consul: ConsulClient,
  service: string,
): Promise<ServiceSplitter | undefined> {
  await assertKnown(consul, service);
  return readEntry<ServiceSplitter>(consul, KIND, service);
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
