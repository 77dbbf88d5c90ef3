import { ConsulClient } from '@weft/mesh/consul';
import { Contracts } from '@weft/mesh/contracts';
import type { Logger } from 'pino';
import { createClient } from '../client/createClient.ts';
import { MeshChannels } from '../client/MeshChannels.ts';
import type { ServiceClient } from '../client/ServiceClient.ts';
import type { MeshConfig } from '../config/MeshConfig.ts';
import { writeBootstrap } from '../identity/bootstrap.ts';
import { Identity } from '../identity/Identity.ts';
import { identityFiles } from '../identity/identityFiles.ts';
import { createLogger } from '../logging/createLogger.ts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { Telemetry } from '../telemetry/Telemetry.ts';
import { keepTickShape } from '../transport/keepTickShape.ts';
import { loadXds, type Xds } from './loadXds.ts';

export interface MembershipOptions {
  /** Name in Consul, such as "analytics": the identity that others see. */
  readonly service: string;
  /** Tells this process from others of the service on this host, such as "analytics-1". */
  readonly serviceId: string;
  readonly config: MeshConfig;
  /** Ends waiting for Consul. */
  readonly signal?: AbortSignal;
}

/** A process that has an identity in the mesh and can call its services. */
export class MeshMember {
  readonly config: MeshConfig;
  readonly service: string;
  readonly serviceId: string;
  readonly log: Logger;
  readonly consul: ConsulClient;
  readonly contracts: Contracts;
  readonly telemetry: Telemetry;
  readonly identity: Identity;
  readonly xds: Xds;
  readonly #channels: MeshChannels;

  private constructor(
    { config, service, serviceId }: MembershipOptions,
    parts: Pick<MeshMember, 'log' | 'consul' | 'contracts' | 'telemetry' | 'identity' | 'xds'>,
  ) {
    this.config = config;
    this.service = service;
    this.serviceId = serviceId;
    this.log = parts.log;
    this.consul = parts.consul;
    this.contracts = parts.contracts;
    this.telemetry = parts.telemetry;
    this.identity = parts.identity;
    this.xds = parts.xds;
    this.#channels = new MeshChannels(parts.xds, parts.identity.files);
  }

  /**
   * Gets the identity from Consul and prepares to call others. Waits for the Consul agent; the control plane is
   * only needed when a call is made.
   *
   * @throws ConsulError when Consul refuses the identity, and what reading the contracts throws.
   */
  static async join(options: MembershipOptions): Promise<MeshMember> {
    const { service, serviceId, config, signal } = options;
    keepTickShape();
    const log = createLogger({ level: config.logLevel, base: { service, instance: serviceId } });
    const contracts = Contracts.load(config.contracts);
    const consul = new ConsulClient(config.consulAddress ? { address: config.consulAddress } : {});
    const files = identityFiles(config.home, serviceId);
    const identity = await Identity.start({
      consul,
      service,
      files,
      log,
      ...(signal ? { signal } : {}),
    });
    const { xdsServer, zone } = config;
    await writeBootstrap({ xdsServer, serviceId, service, zone, files });
    const xds = await loadXds(files);
    const { version, otlpEndpoint } = config;
    const telemetry = await Telemetry.start({ service, serviceId, version, otlpEndpoint });
    telemetry.meter
      .createObservableGauge('weft.identity.expiry', {
        unit: 's',
        description: 'Time until the certificate of this process expires',
      })
      .addCallback((result) => result.observe((identity.expires.getTime() - Date.now()) / 1_000));
    return new MeshMember(options, { log, consul, contracts, telemetry, identity, xds });
  }

  /**
   * A client for a gRPC service.
   *
   * @throws when its contract does not say which mesh service serves it.
   */
  client<Service extends GrpcService>(service: Service): ServiceClient<Service> {
    const { calls: metrics, tracing } = this.telemetry;
    const channel = this.#channels.to(this.meshServiceOf(service));
    return createClient(service, channel, { metrics, tracing });
  }

  /**
   * Name in Consul of the mesh service that serves a gRPC service.
   *
   * @throws when the contract does not say.
   */
  meshServiceOf(service: GrpcService): string {
    const method = this.contracts.methods.find((each) => each.service === service.fullName);
    if (!method) throw new Error(`${service.fullName} is not in the contracts image`);
    if (!method.meshService) throw new Error(`${service.fullName} names no mesh_service`);
    return method.meshService;
  }

  /** Closes connections, stops the renewal of certificates and sends off the last traces. */
  async leave(): Promise<void> {
    this.#channels.close();
    await this.identity.stop();
    await this.telemetry.shutdown();
  }
}
