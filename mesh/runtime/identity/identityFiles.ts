import { join } from 'node:path';

/** Where a process of the mesh keeps what proves who it is. The folder is 0700, the files are 0600. */
export interface IdentityFiles {
  readonly directory: string;
  /** Leaf certificate, followed by intermediates if there are any, PEM. */
  readonly certificate: string;
  /** Private key, PEM of PKCS#8. */
  readonly key: string;
  /** Every root that a peer's certificate may come from, PEM. */
  readonly roots: string;
  /** Certificate and key for Envoy: an SDS answer with the secret `identity`. */
  readonly sds: string;
  /** The roots for Envoy: an SDS answer with the secret `roots`. */
  readonly sdsRoots: string;
  /** xDS bootstrap, for GRPC_XDS_BOOTSTRAP. */
  readonly bootstrap: string;
  /** Unix socket by which a program of another language reaches the host's control planes. */
  readonly controlSocket: string;
}

/**
 * @param home State folder of the mesh on this host (WEFT_HOME).
 * @param serviceId Id of the instance in Consul, such as "analytics-1".
 */
export function identityFiles(home: string, serviceId: string): IdentityFiles {
  const directory = join(home, 'identity', serviceId);
  return {
    directory,
    certificate: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
    roots: join(directory, 'roots.pem'),
    sds: join(directory, 'sds.json'),
    sdsRoots: join(directory, 'sds-roots.json'),
    bootstrap: join(directory, 'bootstrap.json'),
    controlSocket: join(directory, 'control.sock'),
  };
}
