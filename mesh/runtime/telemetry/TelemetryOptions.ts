import type { Logger } from 'pino';
import type { OtlpProtocol } from '../config/MeshConfig.ts';

export interface TelemetryOptions {
  /** Name of the service in Consul. */
  readonly service: string;
  /** Id of the instance in Consul. */
  readonly serviceId: string;
  readonly version: string;
  /** Where traces go by OTLP; undefined: they are not recorded, only passed on. */
  readonly otlpEndpoint: string | undefined;
  /** How they are sent. Default: http/protobuf. */
  readonly otlpProtocol?: OtlpProtocol;
  /** Number of the worker, which is then a label of all its metrics. Default: not a worker. */
  readonly worker?: number;
  /** Told of what telemetry could not do. */
  readonly log: Logger;
}
