import { generateKeyPairSync } from 'node:crypto';
import { type SigningKey, tokenRules } from '@weft/mesh/principal';
import { type CryptoKey, calculateJwkThumbprint, importPKCS8, type JWK } from 'jose';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import { transact } from '../../../kit/database/transact.ts';
import type { Secret } from '../../../kit/secret/Secret.ts';
import type { DB, SigningKey as SigningKeyRow } from '../database.ts';

/** For how long a key is published before it signs: nobody who verifies looks for keys less often than each minute. */
export const PUBLISHED_FIRST_MS = 120_000;
/** After that, another one is made. */
const SIGNS_FOR_MS = 30 * 24 * 3_600_000;
/** Clocks of machines differ by less. */
const SKEW_MS = 60_000;
/** How long a token may be good that was signed just before the next key signed. */
export const TOKEN_LIFE_MS = (tokenRules.lifeSeconds + tokenRules.graceSeconds) * 1_000 + SKEW_MS;

type Row = Selectable<SigningKeyRow>;

/**
 * The keys that tokens are signed with: in the database, their private parts sealed. They follow each other: one is
 * published, then it signs, then it stays published until its last token is over.
 */
export class SigningKeys {
  readonly #database: Kysely<DB>;
  readonly #clock: Clock;
  readonly #secret: Secret;
  #known: readonly { readonly row: Row; readonly key: CryptoKey }[] = [];

  private constructor(database: Kysely<DB>, clock: Clock, secret: Secret) {
    this.#database = database;
    this.#clock = clock;
    this.#secret = secret;
  }

  /** Makes the first one where there is none, and reads those that there are. */
  static async open(database: Kysely<DB>, clock: Clock, secret: Secret): Promise<SigningKeys> {
    const keys = new SigningKeys(database, clock, secret);
    await keys.#alone(async (transaction) => {
      const { length } = await transaction.selectFrom('signing_key').select('id').execute();
      // Nobody can have a JWKS without it, so it need not wait.
      if (length === 0) await keys.#make(transaction, clock.now());
    });
    await keys.refresh();
    return keys;
  }

  /** The one that signs now. */
  current(): SigningKey {
    const now = this.#clock.now();
    const signing = this.#known.find(({ row }) => row.signs_from <= now);
    if (!signing) throw new Error('there is no key to sign with');
    return { kid: signing.row.id, key: signing.key };
  }

  /** Reads what other instances have made. To be called more often than every PUBLISHED_FIRST_MS. */
  async refresh(): Promise<void> {
    const rows = await this.list();
    const known = new Map(this.#known.map(({ row, key }) => [row.id, key]));
    this.#known = await Promise.all(
      rows.map(async (row) => ({ row, key: known.get(row.id) ?? (await this.#open(row)) })),
    );
  }

  /** All that are published, the newest first. */
  list(): Promise<Row[]> {
    return this.#database
      .selectFrom('signing_key')
      .selectAll()
      .orderBy('signs_from', 'desc')
      .execute();
  }

  /** Their public parts (RFC 7517). */
  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: (await this.list()).map(({ public_key }) => public_key as unknown as JWK) };
  }

  /** Makes the next one, unless one waits already. @returns it. */
  async rotate(): Promise<Row> {
    const row = await this.#alone(async (transaction) => {
      const waiting = await transaction
        .selectFrom('signing_key')
        .selectAll()
        .where('signs_from', '>', this.#clock.now())
        .executeTakeFirst();
      return waiting ?? this.#make(transaction, this.#later(PUBLISHED_FIRST_MS));
    });
    await this.refresh();
    return row;
  }

  /** Makes the next one when it is time, and removes those of which no token is good. */
  async tend(): Promise<void> {
    const [newest, ...others] = await this.list();
    if (newest && newest.created_at < this.#later(-SIGNS_FOR_MS)) await this.rotate();
    const over = others.filter((_, index) => {
      const next = [newest, ...others][index];
      return next !== undefined && next.signs_from < this.#later(-TOKEN_LIFE_MS);
    });
    if (over.length === 0) return;
    await this.#database
      .deleteFrom('signing_key')
      .where(
        'id',
        'in',
        over.map(({ id }) => id),
      )
      .execute();
    await this.refresh();
  }

  /** One instance at a time: they would each make a key. */
  #alone<T>(work: (transaction: Transaction<DB>) => Promise<T>): Promise<T> {
    return transact(this.#database, async (transaction) => {
      await transaction.selectFrom('secret_check').select('singleton').forUpdate().execute();
      return work(transaction);
    });
  }

  async #make(transaction: Transaction<DB>, signsFrom: Date): Promise<Row> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const kid = await calculateJwkThumbprint(jwk as JWK);
    const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return transaction
      .insertInto('signing_key')
      .values({
        id: kid,
        public_key: JSON.stringify({ ...jwk, kid, use: 'sig', alg: tokenRules.algorithm }),
        private_key: this.#secret.seal('signing keys', kid, pem),
        created_at: this.#clock.now(),
        signs_from: signsFrom,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  async #open({ id, private_key }: Row): Promise<CryptoKey> {
    const pem = this.#secret.open('signing keys', id, private_key);
    return importPKCS8(pem.toString(), tokenRules.algorithm);
  }

  #later(milliseconds: number): Date {
    return new Date(this.#clock.now().getTime() + milliseconds);
  }
}
