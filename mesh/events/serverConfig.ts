import type { IdentityFiles } from '../runtime/identity/identityFiles.ts';
import type { NatsUser } from './natsPermissions.ts';

export interface NatsServerOptions {
  readonly host: string;
  readonly port: number;
  /** Folder of JetStream's data. */
  readonly storage: string;
  /** Of the mesh's service `nats`. */
  readonly identity: Pick<IdentityFiles, 'certificate' | 'key' | 'roots'>;
  readonly users: readonly NatsUser[];
}

/** Most that JetStream may take of the disk. */
const MAX_STORED_BYTES = 10 * 1024 ** 3;

/**
 * The configuration of a NATS server that only members of the mesh may speak with, each within its permissions: JetStream
 * on, mutual TLS from the first byte, who is who by the SPIFFE ids in certificates.
 *
 * @see https://docs.nats.io/running-a-nats-service/configuration
 */
export function serverConfig({ host, port, storage, identity, users }: NatsServerOptions): string {
  return JSON.stringify(
    {
      listen: `${host}:${port}`,
      server_name: 'weft',
      jetstream: { store_dir: storage, max_file_store: MAX_STORED_BYTES },
      tls: {
        cert_file: identity.certificate,
        key_file: identity.key,
        ca_file: identity.roots,
        // https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/tls_mutual_auth
        verify_and_map: true,
        handshake_first: true,
        timeout: 5,
      },
      authorization: { users },
      max_payload: 2 * 1024 ** 2,
      ping_interval: '20s',
    },
    undefined,
    2,
  );
}
