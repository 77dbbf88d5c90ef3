import type { ConsulClient } from '@weft/mesh/consul';
import { API_KEY_USE_PREFIX, entriesBelow, readApiKeyUse } from '@weft/mesh/principal';
import { sql } from 'kysely';
import type { Identity } from '../Identity.ts';

/** The edge that told it is gone, or has told nothing new for so long, and all of it is written down. */
const OVER_MS = 2 * 3_600_000;

/**
 * Writes down when API keys were last used, which the edges tell in Consul. A key that is used costs no call of this service.
 *
 * @param consul With the right to write below API_KEY_USE_PREFIX.
 * @throws when Consul or the database cannot be asked.
 */
export async function recordApiKeyUse(
  { database, clock, log }: Pick<Identity, 'database' | 'clock' | 'log'>,
  consul: ConsulClient,
): Promise<void> {
  const { value } = await consul.read(`/kv/${API_KEY_USE_PREFIX}`, { recurse: true });
  const now = clock.now().getTime();
  const used = new Map<string, number>();
  for (const [name, text] of entriesBelow(API_KEY_USE_PREFIX, value as never)) {
    let newest = 0;
    try {
      for (const [hash, seconds] of readApiKeyUse(text)) {
        newest = Math.max(newest, seconds * 1_000);
        used.set(hash, Math.max(used.get(hash) ?? 0, seconds * 1_000));
      }
    } catch (err) {
      log.warn({ err, name }, 'what an edge has told of the use of API keys cannot be read');
    }
    if (newest < now - OVER_MS) await consul.remove(`/kv/${API_KEY_USE_PREFIX}${name}`);
  }
  if (used.size === 0) return;
  // An edge's clock may be ahead.
  const times = [...used.values()].map((time) => new Date(Math.min(time, now)));
  await sql`
    update api_key set last_used_at = used.at
    from unnest(${[...used.keys()]}::text[], ${times}::timestamptz[]) as used (hash, at)
    where api_key.hash = decode(used.hash, 'hex')
      and (last_used_at is null or last_used_at < used.at)`.execute(database);
}
