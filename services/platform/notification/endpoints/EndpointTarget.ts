import type { Kysely, Selectable } from 'kysely';
import type { Secret } from '../../../kit/secret/Secret.ts';
import type { DB, Endpoint } from '../database.ts';

/** What posts to an endpoint, and what the database says of it to nobody. */
export interface EndpointTarget {
  /** Whoever has it can post there. */
  readonly url: string;
  /** By which messages are signed; null: by none. */
  readonly signingSecret: Buffer | null;
}

type Row = Pick<Selectable<Endpoint>, 'id' | 'sealed' | 'url' | 'secret'>;

/** Of the sealed ones. */
const USE = 'endpoints';

/** @param id The endpoint's: it opens in no other row. */
export function sealTarget(
  secret: Secret,
  id: string,
  { url, signingSecret }: EndpointTarget,
): Buffer {
  const plain = { url, signingSecret: signingSecret?.toString('base64') };
  return secret.seal(USE, id, Buffer.from(JSON.stringify(plain)));
}

/** @throws Error when it was sealed by another secret, or in another row. */
export function openTarget(secret: Secret, row: Row): EndpointTarget {
  if (row.sealed === null) return { url: row.url ?? '', signingSecret: row.secret };
  const { url, signingSecret } = JSON.parse(secret.open(USE, row.id, row.sealed).toString());
  return { url, signingSecret: signingSecret ? Buffer.from(signingSecret, 'base64') : null };
}

/** Seals what an earlier version has written in the clear. */
export async function sealTargets(database: Kysely<DB>, secret: Secret): Promise<void> {
  const rows = await database
    .selectFrom('endpoint')
    .selectAll()
    .where('sealed', 'is', null)
    .execute();
  for (const row of rows) {
    await database
      .updateTable('endpoint')
      .set({ sealed: sealTarget(secret, row.id, openTarget(secret, row)), url: null, secret: null })
      .where('id', '=', row.id)
      .where('sealed', 'is', null)
      .execute();
  }
}
