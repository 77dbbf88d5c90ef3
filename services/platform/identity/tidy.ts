import type { Identity } from './Identity.ts';

const DAY_MS = 24 * 3_600_000;
/** "Why was I signed out" is answered for so long. */
const ENDED_SESSIONS_MS = 90 * DAY_MS;
/** What was tried on accounts that there are not. */
const FAILED_ATTEMPTS_MS = 30 * DAY_MS;
/** An account is a stranger's from a network where its owner has not been for so long. */
const KNOWN_NETWORKS_MS = 180 * DAY_MS;
/** API keys that are over: until then an export has them. */
const ENDED_KEYS_MS = 90 * DAY_MS;
/** The longest that a bucket takes to fill. */
const BUCKETS_MS = DAY_MS;

/** Removes what is too old to mean anything. What an account's own audit trail says is kept as long as the account. */
export async function tidy({ database, clock }: Identity): Promise<void> {
  const now = clock.now();
  const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);
  await database.deleteFrom('registration').where('expires_at', '<', now).execute();
  await database.deleteFrom('one_time_token').where('expires_at', '<', now).execute();
  await database.deleteFrom('ticket').where('expires_at', '<', now).execute();
  await database.deleteFrom('mail').where('expires_at', '<', now).execute();
  await database
    .deleteFrom('session')
    .where('expires_at', '<', before(ENDED_SESSIONS_MS))
    .execute();
  await database
    .deleteFrom('api_key')
    .where('published_until', 'is', null)
    .where(({ eb, or }) =>
      or([
        eb('revoked_at', '<', before(ENDED_KEYS_MS)),
        eb('expires_at', '<', before(ENDED_KEYS_MS)),
      ]),
    )
    .execute();
  await database
    .deleteFrom('audit_event')
    .where('account_id', 'is', null)
    .where('created_at', '<', before(FAILED_ATTEMPTS_MS))
    .execute();
  await database
    .deleteFrom('known_network')
    .where('used_at', '<', before(KNOWN_NETWORKS_MS))
    .execute();
  await database
    .deleteFrom('attempt_bucket')
    .where('updated_at', '<', before(BUCKETS_MS))
    .execute();
}
