import { resolve } from 'node:path';
import { controlSocket } from '@weft/mesh/local';
import { readPatchSwitch } from '../patches/readPatchSwitch.ts';
import { EnvironmentReader } from './EnvironmentReader.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** What a process of the mesh is told by its environment. */
export interface MeshConfig {
  /** CONSUL_HTTP_ADDR. Undefined: Consul's default. */
  readonly consulAddress: string | undefined;
  /** WEFT_XDS_SERVER: the control plane as a gRPC target, or several. Default: unix:HOME/sockets/control.sock. */
  readonly xdsServer: string;
  /** WEFT_HOME: state folder of the mesh on this host, absolute. Default: .weft in the working directory. */
  readonly home: string;
  /** WEFT_CONTRACTS: file of the contracts image. Undefined: the one that @weft/proto brings. */
  readonly contracts: string | undefined;
  /** WEFT_LOG_LEVEL. Default: info. */
  readonly logLevel: string;
  /** WEFT_LOGS_TO: "mesh" sends the log to the service that keeps logs, too. Default: to standard output alone. */
  readonly logsTo: 'mesh' | undefined;
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
  /** OTEL_EXPORTER_OTLP_PROTOCOL: how they are sent. Default: http/protobuf. */
  readonly otlpProtocol: OtlpProtocol;
}

/** As OpenTelemetry names them. */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

const OTLP_PROTOCOLS = ['grpc', 'http/protobuf'] as const;

/**
 * @throws ConfigError that names every variable that is wrong.
 */
export function readMeshConfig(env: NodeJS.ProcessEnv = process.env): MeshConfig {
  const read = new EnvironmentReader(env);
  const home = resolve(read.text('WEFT_HOME') ?? '.weft');
  const config: MeshConfig = {
    consulAddress: read.text('CONSUL_HTTP_ADDR'),
    xdsServer: read.text('WEFT_XDS_SERVER') ?? `unix:${controlSocket(home)}`,
    home,
    contracts: read.text('WEFT_CONTRACTS'),
    logLevel: read.read('WEFT_LOG_LEVEL', asLogLevel) ?? 'info',
    logsTo: read.read('WEFT_LOGS_TO', asLogsTo),
    instance: read.read('WEFT_INSTANCE', asInstance) ?? '1',
    version: read.text('WEFT_VERSION') ?? '0.1.0',
    build: read.text('WEFT_BUILD') ?? 'dev',
    zone: read.read('WEFT_ZONE', asZone),
    address: read.text('WEFT_ADDRESS') ?? '127.0.0.1',
    port: read.integer('WEFT_PORT', 1, 65_535),
    adminPort: read.integer('WEFT_ADMIN_PORT', 1, 65_535),
    workers: read.integer('WEFT_WORKERS', 1, 256),
    streamGraceMs: read.integer('WEFT_STREAM_GRACE_MS', 0) ?? 500,
    propagationMs: read.integer('WEFT_PROPAGATION_MS', 0) ?? 500,
    drainMs: read.integer('WEFT_DRAIN_MS', 0) ?? 10_000,
    shedAfterMs: read.integer('WEFT_SHED_AFTER_MS', 0) ?? 100,
    patchesOff: read.read('WEFT_PATCHES', readPatchSwitch) ?? new Set(),
    otlpEndpoint: read.read('OTEL_EXPORTER_OTLP_ENDPOINT', asUrl),
    otlpProtocol: read.read('OTEL_EXPORTER_OTLP_PROTOCOL', asOtlpProtocol) ?? 'http/protobuf',
  };
  read.assertRight();
  return config;
}

function asLogLevel(text: string): string {
  if (!LOG_LEVELS.includes(text)) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}`);
  return text;
}

function asLogsTo(text: string): 'mesh' {
  if (text !== 'mesh') throw new Error('must be mesh');
  return text;
}

function asInstance(text: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(text)) throw new Error('must be 1 to 32 of a-z, 0-9 and -');
  return text;
}

function asZone(text: string): string {
  if (text.length > 128) throw new Error('must be 128 characters at most');
  return text;
}

function asOtlpProtocol(text: string): OtlpProtocol {
  const found = OTLP_PROTOCOLS.find((protocol) => protocol === text);
  if (!found) throw new Error(`must be one of ${OTLP_PROTOCOLS.join(', ')}`);
  return found;
}

function asUrl(text: string): string {
  if (!URL.canParse(text)) throw new Error('must be a URL');
  return text;
}
