import { fileURLToPath } from 'node:url';
import { connectNats } from '@weft/mesh/events';
import { ConfigError, type ServiceContext } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import type { KitMigrations } from '../database/openDatabase.ts';
import type { BlobStore } from './BlobStore.ts';
import { BlobSweep, type NamedBlobs } from './BlobSweep.ts';
import { Blobs } from './Blobs.ts';
import { JetStreamBlobs } from './JetStreamBlobs.ts';
import { S3Blobs } from './S3Blobs.ts';

type Context = Pick<ServiceContext, 'service' | 'serviceId' | 'identity' | 'onStop'>;

/** The table that blobs are noted in. */
export const blobMigrations: KitMigrations = {
  folder: fileURLToPath(new URL('migrations', import.meta.url)),
  schema: 'weft',
  prefix: 'blobs',
};

/**
 * Where the blobs are of a service whose manifest says `blobs: true`: in NATS, or where BLOBS_S3_URL says. With it, BLOBS_S3_REGION,
 * BLOBS_S3_ACCESS_KEY_ID and BLOBS_S3_SECRET_ACCESS_KEY have to be set; the manifest's `environment` names them.
 *
 * @throws ConfigError when a variable is missing or no URL.
 */
export async function openStore(
  { service, serviceId, identity, onStop }: Context,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<BlobStore> {
  const { BLOBS_S3_URL: url, NATS_URL: natsUrl } = environment;
  if (url) {
    if (!URL.canParse(url)) throw new ConfigError('BLOBS_S3_URL is no URL');
    const need = (name: string): string => {
      const value = environment[name];
      if (!value) throw new ConfigError(`${name} is not set, and BLOBS_S3_URL is`);
      return value;
    };
    return new S3Blobs({
      url,
      region: need('BLOBS_S3_REGION'),
      accessKeyId: need('BLOBS_S3_ACCESS_KEY_ID'),
      secretAccessKey: need('BLOBS_S3_SECRET_ACCESS_KEY'),
    });
  }
  if (!natsUrl) throw new ConfigError('blobs are kept in NATS: NATS_URL is not set');
  const name = `${serviceId} blobs`;
  const connection = await connectNats({ url: natsUrl, service, name, identity });
  onStop(() => connection.close());
  return new JetStreamBlobs(connection, service);
}

/** Opens the blobs of a service, and what removes those that nothing names. @throws ConfigError as openStore(). */
export async function openBlobs<DB>(
  database: Kysely<DB>,
  named: NamedBlobs<DB>,
  context: Context,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly blobs: Blobs; readonly sweep: BlobSweep<DB> }> {
  const store = await openStore(context, environment);
  const sweep = new BlobSweep<DB>({ database, store, named });
  return { blobs: new Blobs(store, (id) => sweep.note(id)), sweep };
}
