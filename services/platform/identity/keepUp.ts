import { randomBytes } from 'node:crypto';
import type { ConsulClient } from '@weft/mesh/consul';
import type { Kysely } from 'kysely';
import { holdLease } from '../../kit/lease/Lease.ts';
import { recordApiKeyUse } from './apiKeys/recordApiKeyUse.ts';
import type { Identity } from './Identity.ts';
import { PUBLISHED_FIRST_MS } from './keys/SigningKeys.ts';
import { tidy } from './tidy.ts';

const TIDY_MS = 3_600_000;
/** As often as the edges tell it. */
const KEY_USE_MS = 60_000;

/**
 * Starts what runs beside the methods: publishing, by each instance its own and by one of all what is left; keys that
 * follow each other; when API keys were used; removing what is too old.
 *
 * @returns how to end it.
 */
export function keepUp(
  identity: Identity,
  consul: ConsulClient,
  serviceId: string,
): () => Promise<void> {
  const { database, keys, publication, log } = identity;
  const stop = new AbortController();
  const owner = `${serviceId} ${process.pid} ${randomBytes(4).toString('hex')}`;
  const lease = {
    database: database as unknown as Kysely<unknown>,
    name: 'publication',
    owner,
    log,
  };
  const running = [
    publication.followOwn(stop.signal),
    holdLease(lease, ({ signal }) => publication.sweep(signal), stop.signal),
  ];
  const repeated = [
    every(PUBLISHED_FIRST_MS / 4, 'keys could not be read', () => keys.refresh()),
    every(KEY_USE_MS, 'the use of API keys could not be read', () =>
      recordApiKeyUse(identity, consul),
    ),
    every(TIDY_MS, 'what is too old could not be removed', () => tidy(identity)),
  ];
  function every(milliseconds: number, failure: string, work: () => Promise<void>) {
    return setInterval(() => work().catch((err) => log.warn({ err }, failure)), milliseconds);
  }
  return async () => {
    stop.abort();
    for (const timer of repeated) clearInterval(timer);
    await Promise.all(running);
  };
}
