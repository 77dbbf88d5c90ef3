import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../Progress.ts';
import { askHttp } from '../setup/askHttp.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';

/** Longer than gRPC's and Envoy's pauses between tries to connect. */
const LIMIT_MS = 30_000;
const PAUSE_MS = 100;

/** Ids of the processes that control planes tell, by any of them; one that does not answer tells nobody. */
export async function controlClients(
  controls: readonly ProcessSpec[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const reports = await Promise.allSettled(
    controls.map(async ({ where }) => {
      const { clients } = JSON.parse(await askHttp(where, signal)) as {
        clients: readonly { readonly id: string }[];
      };
      return clients.map(({ id }) => id);
    }),
  );
  signal.throwIfAborted();
  return new Set(reports.flatMap((report) => (report.status === 'fulfilled' ? report.value : [])));
}

/**
 * Waits until control planes tell them all again, after a restart of one: until then they know nothing that is new. Who has ended
 * meanwhile never comes, and is waited for no longer than a limit, in milliseconds; it is reported who has not come by then.
 */
export async function untilTold(
  controls: readonly ProcessSpec[],
  clients: ReadonlySet<string>,
  { report, signal }: Progress,
  limitMs = LIMIT_MS,
): Promise<void> {
  const end = Date.now() + limitMs;
  let missing: ReadonlySet<string>;
  do {
    missing = clients.difference(await controlClients(controls, signal));
    if (missing.size === 0) return;
    await delay(PAUSE_MS, undefined, { signal });
  } while (Date.now() < end);
  const names = [...missing].sort().join(', ');
  report(
    `No control plane has heard again from ${names}: what is new takes effect there once one has`,
  );
}
