import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsulClient } from '@weft/mesh/consul';
import type { outputLogger } from '@weft/mesh/logging';
import { apiKeyUseEntries } from '@weft/mesh/principal';
import { usedApiKeysFile } from './trustFiles.ts';

export interface ApiKeyUseOptions {
  /** With the right to write below API_KEY_USE_PREFIX. */
  readonly consul: ConsulClient;
  /** Of trustFiles(). */
  readonly folder: string;
  readonly log: ReturnType<typeof outputLogger>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How often, in milliseconds. Default: once a minute. */
  readonly everyMs?: number;
}

/** What was used longer ago is not told again: whoever reads it may be away for so long. */
const TOLD_SECONDS = 3_600;

/**
 * Tells in Consul's KV store which API keys were used at an edge, and in which minute: what caller.lua has noted. Resolves
 * when the signal aborts; what has not been told by then is told by the next one.
 */
export async function tellApiKeyUse(options: ApiKeyUseOptions): Promise<void> {
  const { consul, folder, log, signal, everyMs = 60_000 } = options;
  const edge = edgeName(folder);
  const used = new Map<string, number>();
  let failing = false;
  while (!signal.aborted) {
    // It ends early when there is nothing more to tell.
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      const taken = take(folder);
      for (const [hash, time] of taken.use) used.set(hash, Math.max(time, used.get(hash) ?? 0));
      const oldest = Date.now() / 1_000 - TOLD_SECONDS;
      for (const [hash, time] of used) if (time < oldest) used.delete(hash);
      if (taken.use.length > 0) {
        for (const { name, entry } of apiKeyUseEntries(edge, used)) {
          await consul.write(`/kv/${name}`, entry);
        }
      }
      taken.done();
      if (failing) log.info('the use of API keys is told again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ reason: String(error) }, 'the use of API keys could not be told');
      failing = true;
    }
  }
}

/** Takes what has been noted away from the edge, which goes on in a new file. What could not be told is taken again. */
function take(folder: string): { use: [hash: string, time: number][]; done(): void } {
  const file = usedApiKeysFile(folder);
  const taken = `${file}.taken`;
  if (!existsSync(taken) && existsSync(file)) renameSync(file, taken);
  const text = existsSync(taken) ? readFileSync(taken, 'utf8') : '';
  const use = [...text.matchAll(/^([0-9a-f]{64}) (\d{1,12})$/gm)].map(
    ([, hash, time]): [string, number] => [hash ?? '', Number(time)],
  );
  return { use, done: () => rmSync(taken, { force: true }) };
}

/** The same after a restart. Two edges of a machine have different folders. */
function edgeName(folder: string): string {
  const where = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return `${hostname()}-${where}`;
}
