import { rm } from 'node:fs/promises';
import type { ServiceClient } from '../client/ServiceClient.ts';
import { type MeshConfig, readMeshConfig } from '../config/MeshConfig.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { Membership } from './Membership.ts';
import { MeshMember } from './MeshMember.ts';

export interface ConnectOptions {
  /** Whose identity to call with, such as "cli". Intentions allow or deny it like any service. */
  readonly service: string;
  /** Default: the environment. */
  readonly config?: MeshConfig;
  /** Ends waiting for Consul. */
  readonly signal?: AbortSignal;
}

/** A process that calls services without being one. */
export interface MeshConnection extends AsyncDisposable {
  /**
   * A client for a gRPC service.
   *
   * @throws when its contract does not say which mesh service serves it.
   */
  client<Service extends GrpcService>(service: Service): ServiceClient<Service>;
  /** Closes connections and removes the identity's files. */
  close(): Promise<void>;
}

/**
 * Connects a command-line tool or a job to the mesh. It gets an identity, but is not registered.
 *
 * ```ts
 * await using mesh = await connectMesh({ service: 'cli' });
 * const { assets } = await mesh.client(AnalyticsServiceDefinition).listAssets({ pageSize: 0, pageToken: '' });
 * ```
 */
export async function connectMesh({
  service,
  config = readMeshConfig(),
  signal,
}: ConnectOptions): Promise<MeshConnection> {
  const serviceId = `${service}-${process.pid}`;
  const membership = await Membership.join({
    service,
    serviceId,
    config,
    ...(signal ? { signal } : {}),
  });
  // It is over too soon to send what it logs.
  membership.shipper?.discard();
  const member = await MeshMember.open(membership);
  const close = async () => {
    member.close();
    await membership.leave();
    await rm(membership.files.directory, { recursive: true, force: true });
  };
  return {
    client: (grpcService) => member.client(grpcService),
    close,
    [Symbol.asyncDispose]: close,
  };
}
