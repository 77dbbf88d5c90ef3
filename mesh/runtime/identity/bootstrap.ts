import type { IdentityFiles } from './identityFiles.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

export interface BootstrapOptions {
  /** Where the control plane listens, as a gRPC target: `ipv4:127.0.0.1:18000`, two of them separated by a comma. */
  readonly xdsServer: string;
  /** Id of the instance in Consul, such as "analytics-1". */
  readonly serviceId: string;
  /** Name of the service in Consul, such as "analytics". */
  readonly service: string;
  /** What the process is to the control plane. Default: "service". */
  readonly role?: 'service' | 'edge';
  /** Where the process stands: instances there are called first. Default: it does not say. */
  readonly zone?: string | undefined;
  /** Whose gRPC reads it, if that is known. Default: "grpc-js". */
  readonly reader?: BootstrapReader;
  readonly files: IdentityFiles;
}

/** grpc-js, or a gRPC library of any language. */
export type BootstrapReader = 'grpc-js' | 'any';

/** The xDS bootstrap of a process, as gRPC of every language reads it (gRFC A27, A29, A36, A53). */
export function xdsBootstrap(options: BootstrapOptions): object {
  const { files } = options;
  return {
    xds_servers: serverUris(options).map((uri) => ({
      server_uri: uri,
      // The control plane is on loopback, beside the process: grpc-js has no other credentials for it.
      channel_creds: [{ type: 'insecure' }],
      // Without ignore_resource_deletion grpc-js never takes back a service that was gone for a moment.
      server_features: ['xds_v3', 'ignore_resource_deletion'],
    })),
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
 * The control planes, as the reader can fail over between them. grpc-js does so among the addresses of one target
 * and never uses a second server; others go down the list of servers (gRFC A71), and grpc-go does not even know
 * targets of the scheme "ipv4:".
 */
function serverUris({ xdsServer, reader = 'grpc-js' }: BootstrapOptions): string[] {
  const [, addresses] = /^ipv[46]:(?:\/\/\/)?(.+)$/.exec(xdsServer) ?? [];
  if (addresses === undefined || reader === 'grpc-js') return [xdsServer];
  return addresses.split(',');
}

/** Writes the bootstrap to `files.bootstrap`; the folder must exist (Identity.start makes it). */
export async function writeBootstrap(options: BootstrapOptions): Promise<void> {
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
