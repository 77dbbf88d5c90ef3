import { ConsulClient } from '@weft/mesh/consul';
import type { Logger } from 'pino';
import type { MeshConfig } from '../config/MeshConfig.ts';
import { writeBootstrap } from '../identity/bootstrap.ts';
import { Identity } from '../identity/Identity.ts';
import { type IdentityFiles, identityFiles } from '../identity/identityFiles.ts';
import { createLogger } from '../logging/createLogger.ts';
import { LogShipper } from '../logging/LogShipper.ts';
import { Telemetry } from '../telemetry/Telemetry.ts';

export interface MembershipOptions {
  /** Name in Consul, such as "analytics": the identity that others see. */
  readonly service: string;
  /** Tells this instance from others of the service on this host, such as "analytics-1". */
  readonly serviceId: string;
  readonly config: MeshConfig;
  /** Ends waiting for Consul. */
  readonly signal?: AbortSignal;
}

/** What a process of the mesh is before it calls anyone: its name, log, metrics and certificates. */
export class Membership {
  readonly config: MeshConfig;
  readonly service: string;
  readonly serviceId: string;
  readonly log: Logger;
  /** Takes the lines of the log; undefined: they go nowhere else. */
  readonly shipper: LogShipper | undefined;
  readonly consul: ConsulClient;
  readonly telemetry: Telemetry;
  readonly files: IdentityFiles;
  /** Keeps the files fresh. Undefined: the primary process does. */
  readonly identity: Identity | undefined;

  private constructor(
    { config, service, serviceId }: MembershipOptions,
    parts: Pick<Membership, 'log' | 'shipper' | 'consul' | 'telemetry' | 'files' | 'identity'>,
  ) {
    this.config = config;
    this.service = service;
    this.serviceId = serviceId;
    this.log = parts.log;
    this.shipper = parts.shipper;
    this.consul = parts.consul;
    this.telemetry = parts.telemetry;
    this.files = parts.files;
    this.identity = parts.identity;
  }

  /**
   * Gets the identity from Consul and writes the xDS bootstrap. Waits for the Consul agent.
   *
   * @throws ConsulError when Consul refuses the identity.
   */
  static async join(options: MembershipOptions): Promise<Membership> {
    const { service, serviceId, config, signal } = options;
    const { log, shipper } = logOf(config, { service, instance: serviceId });
    const consul = consulOf(config);
    const files = identityFiles(config.home, serviceId);
    const identity = await Identity.start({
      consul,
      service,
      files,
      log,
      ...(signal ? { signal } : {}),
    });
    const { xdsServer, zone, version, otlpEndpoint, otlpProtocol } = config;
    await writeBootstrap({ xdsServer, serviceId, service, zone, files });
    const telemetry = await Telemetry.start({
      ...{ service, serviceId, version, otlpEndpoint, otlpProtocol, log },
    });
    telemetry.observe((meter) =>
      meter
        .createObservableGauge('weft.identity.expiry', {
          unit: 's',
          description: 'Time until the certificate of this process expires',
        })
        .addCallback((result) => result.observe((identity.expires.getTime() - Date.now()) / 1_000)),
    );
    return new Membership(options, { log, shipper, consul, telemetry, files, identity });
  }

  /** What the primary process has joined as, in one of its workers: the files are there, and it keeps them fresh. */
  static async share(options: MembershipOptions, worker: number): Promise<Membership> {
    const { service, serviceId, config } = options;
    const base = { service, instance: serviceId, worker };
    const { log, shipper } = logOf(config, base);
    const { version, otlpEndpoint, otlpProtocol } = config;
    const telemetry = await Telemetry.start({
      ...{ service, serviceId, version, otlpEndpoint, otlpProtocol, worker, log },
    });
    const files = identityFiles(config.home, serviceId);
    const consul = consulOf(config);
    return new Membership(options, { log, shipper, consul, telemetry, files, identity: undefined });
  }

  /** Stops the renewal of certificates and sends off the last traces. */
  async leave(): Promise<void> {
    await this.identity?.stop();
    await this.telemetry.shutdown();
  }
}

function logOf(
  { logLevel: level, logsTo }: MeshConfig,
  base: Readonly<Record<string, string | number>>,
): Pick<Membership, 'log' | 'shipper'> {
  const shipper = logsTo && new LogShipper();
  return { log: createLogger({ level, base, ...(shipper && { also: shipper }) }), shipper };
}

function consulOf({ consulAddress }: MeshConfig): ConsulClient {
  return new ConsulClient(consulAddress ? { address: consulAddress } : {});
}
