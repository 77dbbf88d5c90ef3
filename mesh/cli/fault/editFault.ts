import { type ConsulClient, ConsulError, FAULTS_PREFIX, type Fault } from '@weft/mesh/consul';
import { z } from 'zod';
import { faultSchema } from '../../consul/faultSchema.ts';
import { CliError } from '../CliError.ts';
import { assertKnown } from '../entries/assertKnown.ts';
import { escapeLine } from '../output/escapeControls.ts';

/** How often somebody else may be faster before a write gives up. */
const ATTEMPTS = 5;

/** What stood in Consul's KV, and what stands there now, as texts; undefined: no fault. */
export interface FaultChange {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

interface Stored {
  /** In base 64; null: empty. */
  readonly Value: string | null;
  readonly ModifyIndex: number;
}

/**
 * Gives the callers of a service a fault in place of the one they have, by check-and-set.
 *
 * @throws CliError for an unknown service, or a fault that the control plane would not take.
 */
export async function setFault(
  consul: ConsulClient,
  service: string,
  fault: Fault,
): Promise<FaultChange> {
  const checked = faultSchema.safeParse(fault);
  if (!checked.success) throw new CliError(z.prettifyError(checked.error), { exitCode: 2 });
  await assertKnown(consul, service);
  const before = await attempt(consul, service, (index) =>
    consul.write<boolean>(`${pathOf(service)}?cas=${index}`, checked.data),
  );
  return { before, after: JSON.stringify(checked.data) };
}

/** Takes the fault away, also one that cannot be read. Harmless when there is none. */
export async function clearFault(consul: ConsulClient, service: string): Promise<FaultChange> {
  const before = await attempt(consul, service, async (index) =>
    index === 0 ? true : consul.remove<boolean>(`${pathOf(service)}?cas=${index}`),
  );
  return { before, after: undefined };
}

/** The fault's text as it stands in the KV, whether or not it can be read. */
export async function readFault(
  consul: ConsulClient,
  service: string,
): Promise<string | undefined> {
  await assertKnown(consul, service);
  return textOf(await readStored(consul, service));
}

/** @returns the text that was there before the write that succeeded. */
async function attempt(
  consul: ConsulClient,
  service: string,
  write: (index: number) => Promise<boolean>,
): Promise<string | undefined> {
  for (let tries = 0; tries < ATTEMPTS; tries += 1) {
    const stored = await readStored(consul, service);
    if (await write(stored?.ModifyIndex ?? 0)) return textOf(stored);
  }
  throw new CliError(`the fault of ${service} is being written by somebody else: try again`);
}

async function readStored(consul: ConsulClient, service: string): Promise<Stored | undefined> {
  try {
    return (await consul.read<Stored[]>(pathOf(service))).value[0];
  } catch (error) {
    if (error instanceof ConsulError && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** On one line: whoever may write there may write lines that look like ours. */
function textOf(stored: Stored | undefined): string | undefined {
  return stored && escapeLine(Buffer.from(stored.Value ?? '', 'base64').toString());
}

function pathOf(service: string): string {
  return `/kv/${FAULTS_PREFIX}${encodeURIComponent(service)}`;
}
