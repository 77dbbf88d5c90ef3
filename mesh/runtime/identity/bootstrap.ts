import { assertOutOfReach } from '@weft/mesh/local';
import { controlAddresses } from '../xds/controlAddresses.ts';
import type { IdentityFiles } from './identityFiles.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

export interface BootstrapOptions {
  /**
   * Where the control planes are, as one gRPC target. Between the addresses of one such as
   * `unix:/run/control.sock,/run/control-2.sock` or `ipv4:127.0.0.1:18000,127.0.0.1:18002` our runtime fails over; other
   * libraries know one address alone.
   */
  readonly xdsServer: string;
  /** Id of the instance in Consul, such as "analytics-1". */
  readonly serviceId: string;
  /** Name of the service in Consul, such as "analytics". */
  readonly service: string;
  /** What the process is to the control plane. Default: "service". */
  readonly role?: 'service' | 'edge';
  /** Where the process stands: instances there are called first. Default: it does not say. */
  readonly zone?: string | undefined;
  readonly files: IdentityFiles;
}

/** The xDS bootstrap of a process, as gRPC of every language reads it (gRFC A27, A29, A36, A53). */
export function xdsBootstrap(options: BootstrapOptions): object {
  const { xdsServer, files } = options;
  return {
    // One: a second is for what a client has never had (gRFC A71), and grpc-js does not use it at all.
    xds_servers: [
      {
        server_uri: xdsServer,
        // Of this machine alone, and of its own user where it is a Unix socket: grpc-js has no other credentials for it.
        channel_creds: [{ type: 'insecure' }],
        // Without ignore_resource_deletion grpc-js never takes back a service that was gone for a moment.
        server_features: ['xds_v3', 'ignore_resource_deletion'],
      },
    ],
    node: {
      id: options.serviceId,
      cluster: options.service,
      // grpc-js refuses a node without one.
      locality: options.zone ? { zone: options.zone } : {},
      metadata: { service: options.service, 'weft-role': options.role ?? 'service' },
    },
    certificate_providers: {
      weft: {
        plugin_name: 'file_watcher',
        config: {
          certificate_file: files.certificate,
          private_key_file: files.key,
          ca_certificate_file: files.roots,
          refresh_interval: '1s',
        },
      },
    },
    server_listener_resource_name_template: 'weft/server/%s',
  };
}

/**
 * Writes the bootstrap to `files.bootstrap`; the folder must exist (Identity.start makes it).
 *
 * @throws Error when the control plane is at a Unix socket that another user could take while no control plane runs.
 */
export async function writeBootstrap(options: BootstrapOptions): Promise<void> {
  for (const address of controlAddresses(options.xdsServer)) {
    if ('path' in address) await assertOutOfReach(address.path);
  }
  const content = `${JSON.stringify(xdsBootstrap(options), null, 2)}\n`;
  await writeFileAtomically(options.files.bootstrap, content);
}

/**
 * What gRPC's xDS reads from the environment. Must be set before the library is loaded.
 *
 * GRPC_XDS_EXPERIMENTAL_RBAC: without it grpc-js refuses every server configuration that carries intentions.
 */
export function xdsEnvironment(files: IdentityFiles): Record<string, string> {
  return { GRPC_XDS_BOOTSTRAP: files.bootstrap, GRPC_XDS_EXPERIMENTAL_RBAC: 'true' };
}
