import { resolve } from 'node:path';
import { z } from 'zod';
import { readPatchSwitch } from '../patches/readPatchSwitch.ts';
import { readConfig } from './readConfig.ts';

const port = z.coerce.number().int().min(1).max(65_535).optional();
const milliseconds = (byDefault: number) => z.coerce.number().int().min(0).default(byDefault);

const schema = z.object({
  CONSUL_HTTP_ADDR: z.string().optional(),
  WEFT_XDS_SERVER: z.string().default('ipv4:127.0.0.1:18000'),
  WEFT_HOME: z.string().default('.weft'),
  WEFT_CONTRACTS: z.string().optional(),
  WEFT_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info'),
  WEFT_INSTANCE: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -')
    .default('1'),
  WEFT_VERSION: z.string().default('0.1.0'),
  WEFT_BUILD: z.string().default('dev'),
  WEFT_ZONE: z.string().min(1).max(128).optional(),
  WEFT_ADDRESS: z.string().default('127.0.0.1'),
  WEFT_PORT: port,
  WEFT_ADMIN_PORT: port,
  WEFT_WORKERS: z.coerce.number().int().min(1).max(256).optional(),
  WEFT_STREAM_GRACE_MS: milliseconds(500),
  WEFT_PROPAGATION_MS: milliseconds(500),
  WEFT_DRAIN_MS: milliseconds(10_000),
  WEFT_SHED_AFTER_MS: milliseconds(100),
  WEFT_PATCHES: z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return readPatchSwitch(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
});

/** What a process of the mesh is told by its environment. */
export interface MeshConfig {
  /** CONSUL_HTTP_ADDR. Undefined: Consul's default. */
  readonly consulAddress: string | undefined;
  /** WEFT_XDS_SERVER: the control plane as a gRPC target. Default: ipv4:127.0.0.1:18000. */
  readonly xdsServer: string;
  /** WEFT_HOME: state folder of the mesh on this host, absolute. Default: .weft in the working directory. */
  readonly home: string;
  /** WEFT_CONTRACTS: file of the contracts image. Undefined: the one that @weft/proto brings. */
  readonly contracts: string | undefined;
  /** WEFT_LOG_LEVEL. Default: info. */
  readonly logLevel: string;
  /** WEFT_INSTANCE: tells instances of one service on a host apart. Default: 1. */
  readonly instance: string;
  /** WEFT_VERSION: version of the service. Default: 0.1.0. */
  readonly version: string;
  /** WEFT_BUILD: what the version was built from, such as a commit. Default: dev. */
  readonly build: string;
  /** WEFT_ZONE: where the process stands; it calls instances of its own zone first. Undefined: any. */
  readonly zone: string | undefined;
  /** WEFT_ADDRESS: where peers reach this host. Default: 127.0.0.1. */
  readonly address: string;
  /** WEFT_PORT: gRPC port. Undefined: a free one. */
  readonly port: number | undefined;
  /** WEFT_ADMIN_PORT: port of /health, /ready and /metrics on loopback. Undefined: a free one. */
  readonly adminPort: number | undefined;
  /** WEFT_WORKERS: processes that serve the gRPC port as one instance. Undefined: what the service's definition says. */
  readonly workers: number | undefined;
  /**
   * WEFT_STREAM_GRACE_MS: how long calls under way may go on after the permissions or the certificates' rules of
   * this service change; then they are cut, and their callers judged anew. Default: 500 ms. The time that a
   * revoked permission lives on in an open stream.
   */
  readonly streamGraceMs: number;
  /** WEFT_PROPAGATION_MS: how long to go on serving after deregistration. Default: 500 ms. */
  readonly propagationMs: number;
  /** WEFT_DRAIN_MS: how long calls under way may take when the process is asked to stop. Default: 10 s. */
  readonly drainMs: number;
  /**
   * WEFT_SHED_AFTER_MS: under overload, how long one turn of the event loop may serve calls before it refuses more;
   * about what an accepted call waits. Default: 100 ms. 0: never refuse.
   */
  readonly shedAfterMs: number;
  /** WEFT_PATCHES, such as "-connectTimeout": names of the patches of gRPC and Node that are switched off. Default: none. */
  readonly patchesOff: ReadonlySet<string>;
  /** OTEL_EXPORTER_OTLP_ENDPOINT: where traces go. Undefined: nowhere. */
  readonly otlpEndpoint: string | undefined;
}

/**
 * @throws ConfigError that names every variable that is wrong.
 */
export function readMeshConfig(env: NodeJS.ProcessEnv = process.env): MeshConfig {
  const read = readConfig(schema, env);
  return {
    consulAddress: read.CONSUL_HTTP_ADDR,
    xdsServer: read.WEFT_XDS_SERVER,
    home: resolve(read.WEFT_HOME),
    contracts: read.WEFT_CONTRACTS,
    logLevel: read.WEFT_LOG_LEVEL,
    instance: read.WEFT_INSTANCE,
    version: read.WEFT_VERSION,
    build: read.WEFT_BUILD,
    zone: read.WEFT_ZONE,
    address: read.WEFT_ADDRESS,
    port: read.WEFT_PORT,
    adminPort: read.WEFT_ADMIN_PORT,
    workers: read.WEFT_WORKERS,
    streamGraceMs: read.WEFT_STREAM_GRACE_MS,
    propagationMs: read.WEFT_PROPAGATION_MS,
    drainMs: read.WEFT_DRAIN_MS,
    shedAfterMs: read.WEFT_SHED_AFTER_MS,
    patchesOff: read.WEFT_PATCHES,
    otlpEndpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}
