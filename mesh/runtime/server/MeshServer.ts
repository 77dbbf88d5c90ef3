import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerCredentials, type ServerOptions, status as Status } from '@grpc/grpc-js';
import type * as Xds from '@grpc/grpc-js-xds';
import type { HttpFace } from '../http/HttpFace.ts';
import type { IdentityFiles } from '../identity/identityFiles.ts';
import { serveHttp } from '../patches/serveHttpStreams.ts';
import { reportDenials } from '../permission/reportDenials.ts';
import { errorInfo, RuntimeReason } from '../rpc/errorInfo.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { addImplementation } from './addImplementation.ts';
import { allRead } from './allRead.ts';
import type { Implementation } from './implement.ts';
import { LoadShedder } from './LoadShedder.ts';
import { refuseWhenOverloaded } from './refuseWhenOverloaded.ts';
import type { ServerEnvironment } from './ServerEnvironment.ts';
import type { RequestCheck, ServedContract } from './ServerMethod.ts';

const OPTIONS: ServerOptions = {
  // A caller that has vanished without a word is noticed, and what it holds is let go.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // Counts for a debugging service that is not served here.
  'grpc.enable_channelz': 0,
};

/** Time for the last responses to leave the process. */
const LAST_BYTES_MS = 50;

export interface MeshServerOptions {
  readonly xds: Pick<typeof Xds, 'XdsServer' | 'XdsServerCredentials'>;
  readonly files: IdentityFiles;
  readonly environment: ServerEnvironment;
  readonly implementations: readonly Implementation[];
  /** What it answers to requests that are no gRPC; undefined: nothing. */
  readonly http: HttpFace | undefined;
  /** Gives the check for the requests of a method, by its path. */
  readonly checkOf: (path: string) => RequestCheck;
  /** Gives what is gone by in the contract of a method, by its path. */
  readonly contractOf: (path: string) => ServedContract | undefined;
  /** Must be free: see choosePort(). Workers of one service share it. */
  readonly port: number;
  /** How long calls may go on after a change of permissions, in milliseconds. */
  readonly streamGraceMs: number;
  /** How long a turn of the event loop may last under overload, in milliseconds: see LoadShedder. */
  readonly shedAfterMs: number;
  /** Ends waiting for the control plane. */
  readonly signal: AbortSignal;
}

/**
 * A gRPC server that the control plane configures: certificates, and who may call. It listens on all interfaces,
 * for grpc-js-xds knows no other way, and lets nobody in without a certificate of the mesh.
 */
export class MeshServer {
  readonly port: number;
  readonly #server: Xds.XdsServer;
  readonly #address: string;
  readonly #environment: ServerEnvironment;
  readonly #endReports: () => void;

  private constructor(
    server: Xds.XdsServer,
    port: number,
    environment: ServerEnvironment,
    endReports: () => void,
  ) {
    this.#server = server;
    this.#endReports = endReports;
    this.#address = addressOf(port);
    this.port = port;
    this.#environment = environment;
  }

  /**
   * Resolves when the server takes calls, which is when the control plane has configured it.
   *
   * @throws the reason of `signal`.
   */
  static async start(options: MeshServerOptions): Promise<MeshServer> {
    const { xds, files, environment, implementations, port, signal } = options;
    const { checkOf, contractOf } = options;
    const { calls, log, metrics } = environment;
    const ended = () => calls.ended;
    const shedder = new LoadShedder({ turnMs: options.shedAfterMs, log, ended });
    const server = new xds.XdsServer({
      ...OPTIONS,
      drainGraceTimeMs: options.streamGraceMs,
      interceptors: [refuseWhenOverloaded(shedder, metrics)],
    });
    for (const implementation of implementations) {
      addImplementation(server, environment, implementation, checkOf, contractOf);
    }
    if (options.http) serveHttp(server, options.http);
    const credentials = new xds.XdsServerCredentials(mutualTls(files));
    const endReports = reportDenials(environment);
    await new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      server.bindAsync(addressOf(port), credentials, (error) =>
        error ? reject(error) : resolve(),
      );
    }).catch((error) => {
      endReports();
      server.forceShutdown();
      throw error;
    });
    return new MeshServer(server, port, environment, endReports);
  }

  /**
   * Sends callers away, ends streams at once and waits up to `drainMs` for the other calls; then cuts what is left.
   */
  async stop(drainMs: number): Promise<void> {
    const { calls, log } = this.#environment;
    // tryShutdown() would wait for nothing: the connections are not among those that it knows.
    this.#server.drain(this.#address, drainMs);
    await allRead();
    calls.endStreams(
      new RpcError(Status.UNAVAILABLE, 'the service is stopping', {
        details: [errorInfo(RuntimeReason.STOPPING)],
      }),
    );
    const left = await calls.drain(drainMs);
    if (left > 0) log.warn({ left, drainMs }, 'calls cut that did not end in time');
    else await sleep(LAST_BYTES_MS);
    this.#server.forceShutdown();
    this.#endReports();
  }
}

/** How the control plane is asked for this server: by the address that it listens on. */
function addressOf(port: number): string {
  return `0.0.0.0:${port}`;
}

/** What gRPC takes for a listener that the control plane sent without TLS: the same demands, from the same files. */
function mutualTls(files: IdentityFiles): ServerCredentials {
  const pair = {
    cert_chain: readFileSync(files.certificate),
    private_key: readFileSync(files.key),
  };
  return ServerCredentials.createSsl(readFileSync(files.roots), [pair], true);
}
