import type { ConsulClient } from '@weft/mesh/consul';
import {
  JWKS_KEY,
  REVOKED_PREFIX,
  type Revocation as RevocationEntry,
  revokedKey,
} from '@weft/mesh/principal';
import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import type { Log } from '../../../kit/Log.ts';
import { Wake } from '../../../kit/Wake.ts';
import type { ApiKeyTokens } from '../apiKeys/ApiKeyTokens.ts';
import type { DB, Revocation } from '../database.ts';
import type { SigningKeys } from '../keys/SigningKeys.ts';

export interface PublicationOptions {
  readonly database: Kysely<DB>;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly apiKeys: ApiKeyTokens;
  /** With the right to write below weft/principal/. */
  readonly consul: ConsulClient;
  readonly log: Log;
}

/** An entry of Consul's KV store, as it answers. */
interface Entry {
  readonly Key: string;
  readonly Value: string | null;
  readonly ModifyIndex: number;
}

/** What another instance has written, and has not published itself. */
const SWEEP_MS = 1_000;
/** All of Consul's held against all of the database's. */
const RECONCILE_MS = 60_000;
const BATCH = 100;

/**
 * Tells the mesh, by Consul's KV store, by which keys tokens are verified, which sessions and API keys are revoked, and as
 * whom each API key acts. What an instance revokes it publishes itself, at once; what was left undone, one of all instances does.
 */
export class Publication {
  readonly #options: PublicationOptions;
  readonly #wake = new Wake();
  #publishing: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /** There is something new in the database. Returns at once. */
  wake(): void {
    this.#wake.call();
  }

  /** Publishes what this instance is woken for, until the signal aborts. */
  async followOwn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const woken = this.#wake.next(RECONCILE_MS, signal);
      await this.#attempt(() => this.publish());
      await woken;
    }
  }

  /** Publishes what others have left undone and mends what differs, until the signal aborts: the work of one at a time. */
  async sweep(signal: AbortSignal): Promise<void> {
    const idle = new Wake();
    let reconciled = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#attempt(async () => {
        if (performance.now() - reconciled > RECONCILE_MS) {
          await this.#options.keys.tend();
          await this.publish();
          await this.reconcile();
          reconciled = performance.now();
        }
        await this.#publishRevocations();
      });
      await idle.next(SWEEP_MS, signal);
    }
  }

  /** Publishes the keys, the revocations that are not published, and the tokens of API keys that are due. @throws when Consul or the database cannot be asked. */
  publish(): Promise<void> {
    // One after the other: what comes meanwhile is seen by the next.
    this.#publishing = this.#publishing
      .catch(() => {})
      .then(async () => {
        await this.#publishKeys();
        await this.#publishRevocations();
        await this.#options.apiKeys.publish();
      });
    return this.#publishing;
  }

  /** Writes all that Consul lacks, and removes what is over. @throws as publish(). */
  async reconcile(): Promise<void> {
    const { database, consul, clock } = this.#options;
    await database.deleteFrom('revocation').where('expires_at', '<', clock.now()).execute();
    const { value } = await consul.read<Entry[]>(`/kv/${REVOKED_PREFIX}`, { recurse: true });
    const rows = await database.selectFrom('revocation').selectAll().execute();
    const there = new Set(value.map(({ Key }) => Key));
    const wanted = new Map(rows.map((row) => [revokedKey(row.sid), row]));
    for (const [name, row] of wanted) if (!there.has(name)) await this.#write(name, row);
    for (const name of there) if (!wanted.has(name)) await consul.remove(`/kv/${name}`);
    await this.#options.apiKeys.reconcile();
  }

  /** An instance that was away must not write over what another has written: only what it has read is replaced. */
  async #publishKeys(): Promise<void> {
    const { consul, keys } = this.#options;
    const { value } = await consul.read<Entry[]>(`/kv/${JWKS_KEY}`, { recurse: true });
    const entry = value.find(({ Key }) => Key === JWKS_KEY);
    const jwks = await keys.jwks();
    const known = Buffer.from(entry?.Value ?? '', 'base64').toString();
    if (known === JSON.stringify(jwks)) return;
    const written = await consul.write<boolean>(
      `/kv/${JWKS_KEY}?cas=${entry?.ModifyIndex ?? 0}`,
      jwks,
    );
    if (!written) throw new Error(`${JWKS_KEY} was written by another at the same time`);
  }

  async #publishRevocations(): Promise<void> {
    const { database, clock } = this.#options;
    for (;;) {
      const rows = await database
        .selectFrom('revocation')
        .selectAll()
        .where('published_at', 'is', null)
        .limit(BATCH)
        .execute();
      if (rows.length === 0) return;
      await Promise.all(rows.map((row) => this.#write(revokedKey(row.sid), row)));
      await database
        .updateTable('revocation')
        .set({ published_at: clock.now() })
        .where(
          'sid',
          'in',
          rows.map(({ sid }) => sid),
        )
        .execute();
    }
  }

  async #write(name: string, { expires_at }: Selectable<Revocation>): Promise<void> {
    const entry: RevocationEntry = { expireTime: expires_at.toISOString() };
    await this.#options.consul.write(`/kv/${name}`, entry);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await work();
      if (this.#failing) log.info({}, 'keys and revocations are published again');
      this.#failing = false;
    } catch (err) {
      // One line for what may fail each second for an hour.
      if (!this.#failing) log.warn({ err }, 'keys and revocations cannot be published');
      this.#failing = true;
    }
  }
}
