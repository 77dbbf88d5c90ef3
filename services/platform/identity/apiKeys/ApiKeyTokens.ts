import type { ConsulClient } from '@weft/mesh/consul';
import { API_KEYS_PREFIX, signInner, tokenRules } from '@weft/mesh/principal';
import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import type { ApiKey, DB } from '../database.ts';
import type { SigningKeys } from '../keys/SigningKeys.ts';

export interface ApiKeyTokensOptions {
  readonly database: Kysely<DB>;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  /** With the right to write below weft/principal/. */
  readonly consul: ConsulClient;
}

/** A token is replaced when it is good for no longer than this: identity may be away for so long. */
const FRESH_MS = 10 * 60_000;
const BATCH = 100;

/**
 * Keeps in Consul, by the hash of each API key, an inner token of it: the edge attaches that to calls with the key. What is
 * revoked or expired has none.
 */
export class ApiKeyTokens {
  readonly #options: ApiKeyTokensOptions;

  constructor(options: ApiKeyTokensOptions) {
    this.#options = options;
  }

  /** Writes the tokens that are missing or nearly over, and removes those that are to be none. */
  async publish(): Promise<void> {
    const { database, clock } = this.#options;
    for (;;) {
      const now = clock.now();
      const rows = await database
        .selectFrom('api_key')
        .selectAll()
        .where(({ and, or, eb }) => {
          const isGood = and([
            eb('revoked_at', 'is', null),
            or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]),
          ]);
          const isOver = or([eb('revoked_at', 'is not', null), eb('expires_at', '<=', now)]);
          const isFresh = eb('published_until', '>', new Date(now.getTime() + FRESH_MS));
          return or([
            and([isGood, or([eb('published_until', 'is', null), eb.not(isFresh)])]),
            and([isOver, eb('published_until', 'is not', null)]),
          ]);
        })
        .limit(BATCH)
        .execute();
      await Promise.all(
        rows.map((row) => (isGood(row, now) ? this.#write(row) : this.#remove(row))),
      );
      if (rows.length < BATCH) return;
    }
  }

  /** Makes Consul's entries those of the database, whatever somebody else has done to them. */
  async reconcile(): Promise<void> {
    const { database, consul, clock } = this.#options;
    const path = `/kv/${API_KEYS_PREFIX}`;
    const { value: names } = await consul.read<string[]>(path, { keys: true });
    const there = new Set(names);
    const rows = await database
      .selectFrom('api_key')
      .selectAll()
      .where('revoked_at', 'is', null)
      .execute();
    const good = rows.filter((row) => isGood(row, clock.now()));
    for (const row of good) if (!there.delete(nameOf(row))) await this.#write(row);
    for (const name of there) await consul.remove(`/kv/${name}`);
  }

  async #write(row: Selectable<ApiKey>): Promise<void> {
    const { database, clock, consul, keys } = this.#options;
    const now = clock.now().getTime();
    // Not beyond the key's own end.
    const left = ((row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY) - now) / 1_000;
    const lifeSeconds = Math.max(1, Math.floor(Math.min(tokenRules.lifeSeconds, left)));
    const token = await signInner(
      {
        ...{ subject: row.account_id, kind: 'api_key', session: row.id },
        ...{ roles: [], scopes: row.scopes },
      },
      keys.current(),
      { now, lifeSeconds },
    );
    // As bytes: a text would be written as JSON.
    await consul.write(`/kv/${nameOf(row)}`, Buffer.from(token));
    const { numUpdatedRows } = await database
      .updateTable('api_key')
      .set({ published_until: new Date(now + lifeSeconds * 1_000) })
      .where('id', '=', row.id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    // Revoked meanwhile, and perhaps removed already.
    if (numUpdatedRows === 0n) await this.#remove(row);
  }

  async #remove(row: Selectable<ApiKey>): Promise<void> {
    const { database, consul } = this.#options;
    await consul.remove(`/kv/${nameOf(row)}`);
    await database
      .updateTable('api_key')
      .set({ published_until: null })
      .where('id', '=', row.id)
      .execute();
  }
}

function isGood({ revoked_at, expires_at }: Selectable<ApiKey>, now: Date): boolean {
  return revoked_at === null && (expires_at === null || expires_at > now);
}

function nameOf({ hash }: Selectable<ApiKey>): string {
  return `${API_KEYS_PREFIX}${hash.toString('hex')}`;
}
