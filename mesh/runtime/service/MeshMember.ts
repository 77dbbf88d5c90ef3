import type * as Xds from '@grpc/grpc-js-xds';
import { Contracts } from '@weft/mesh/contracts';
import { createClient } from '../client/createClient.ts';
import { MeshChannels } from '../client/MeshChannels.ts';
import type { ServiceClient } from '../client/ServiceClient.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { loadXds } from './loadXds.ts';
import type { Membership } from './Membership.ts';

/** A process that has an identity in the mesh and can call its services. */
export class MeshMember {
  readonly membership: Membership;
  readonly contracts: Contracts;
  readonly xds: typeof Xds;
  readonly #channels: MeshChannels;

  private constructor(membership: Membership, contracts: Contracts, xds: typeof Xds) {
    this.membership = membership;
    this.contracts = contracts;
    this.xds = xds;
    this.#channels = new MeshChannels(xds, membership.files);
  }

  /**
   * Prepares to call others. The control plane is only needed when a call is made.
   *
   * @throws what reading the contracts throws.
   */
  static async open(membership: Membership): Promise<MeshMember> {
    const contracts = Contracts.load(membership.config.contracts);
    const { files, log, config } = membership;
    const xds = await loadXds(files, { log, off: config.patchesOff });
    return new MeshMember(membership, contracts, xds);
  }

  /**
   * A client for a gRPC service.
   *
   * @throws when its contract does not say which mesh service serves it.
   */
  client<Service extends GrpcService>(service: Service): ServiceClient<Service> {
    const { calls: metrics, tracing } = this.membership.telemetry;
    const channel = this.#channels.to(this.meshServiceOf(service));
    const contractOf = (path: string) => this.contracts.method(path);
    return createClient(service, channel, { metrics, tracing }, contractOf);
  }

  /**
   * Name in Consul of the mesh service that serves a gRPC service.
   *
   * @throws when the contract does not say.
   */
  meshServiceOf(service: GrpcService): string {
    const [method] = this.contracts.methodsOfService(service.fullName);
    if (!method) throw new Error(`${service.fullName} is not in the contracts image`);
    if (!method.meshService) throw new Error(`${service.fullName} names no mesh_service`);
    return method.meshService;
  }

  /** Closes connections. */
  close(): void {
    this.#channels.close();
  }
}
