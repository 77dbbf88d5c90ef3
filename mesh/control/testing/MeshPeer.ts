import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../testing/freePort.ts';
import type { TestConsul } from '../../testing/TestConsul.ts';
import { type TestIdentity, writeIdentity } from '../../testing/writeIdentity.ts';
import type { CallResult, PeerRequest, Tally } from './peerProtocol.ts';

export interface MeshPeerOptions {
  readonly consul: TestConsul;
  /** server_uri of the control plane. */
  readonly xdsServer: string;
  readonly service: string;
  /** Paths of the unary methods that it serves. Default: "/test.Echo/Say". */
  readonly methods?: readonly string[];
  /** Answers every other call, from the first on, with UNAVAILABLE. Default: false. */
  readonly isFlaky?: boolean;
  /** Where it stands. Default: it does not say. */
  readonly zone?: string;
}

/** A stock gRPC process of the mesh, with a certificate from Consul. */
export class MeshPeer {
  readonly id: string;
  readonly identity: TestIdentity;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve(value: never): void; reject(error: Error): void }
  >();
  #last = 0;

  private constructor(id: string, identity: TestIdentity, process: ChildProcess) {
    this.id = id;
    this.identity = identity;
    this.#process = process;
    process.on('message', (answer: { id: number; value?: never; error?: string }) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.error) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.value as never);
    });
  }

  static async start(options: MeshPeerOptions): Promise<MeshPeer> {
    const { consul, service, methods = ['/test.Echo/Say'] } = options;
    const identity = await writeIdentity(consul.client, service);
    const id = `${service}-${await freePort()}`;
    const bootstrap = join(identity.folder, 'bootstrap.json');
    await writeFile(bootstrap, JSON.stringify(makeBootstrap(id, options, identity)));
    const child = fork(fileURLToPath(new URL('peer.ts', import.meta.url)), {
      env: {
        ...process.env,
        GRPC_XDS_BOOTSTRAP: bootstrap,
        GRPC_XDS_EXPERIMENTAL_RBAC: 'true',
        PEER_ID: id,
        PEER_METHODS: methods.join(','),
        ...(options.isFlaky ? { PEER_FLAKY: '1' } : {}),
      },
    });
    await once(child, 'spawn');
    return new MeshPeer(id, identity, child);
  }

  /**
   * Serves on a free port, which is not registered. Resolves when the port is open.
   *
   * @param id What the server calls itself in its answers. Default: the peer's id.
   */
  async serve(id = this.id): Promise<number> {
    const port = await freePort();
    await this.#ask({ do: 'serve', port, id });
    return port;
  }

  /** @param timeoutMs Default: 5 s. */
  call(
    service: string,
    path = '/test.Echo/Say',
    timeoutMs = 5_000,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<CallResult> {
    return this.#ask({ do: 'call', target: `xds:///${service}`, path, timeoutMs, headers });
  }

  /** Makes so many calls, 20 at a time, and counts who answered. */
  load(
    service: string,
    calls: number,
    headers: Readonly<Record<string, string>> = {},
    path = '/test.Echo/Say',
  ): Promise<Tally> {
    return this.#ask({ do: 'load', target: `xds:///${service}`, path, headers, calls });
  }

  /** Port of its CSDS, for `readCsds`. */
  serveAdmin(): Promise<number> {
    return this.#ask({ do: 'admin' });
  }

  /** Number of calls with the header `x-hold` that its servers have not answered. */
  held(): Promise<number> {
    return this.#ask({ do: 'held' });
  }

  /** Has its servers answer those calls. */
  async release(): Promise<void> {
    await this.#ask({ do: 'release' });
  }

  /** Has one of its servers answer all calls with INTERNAL, or well again. */
  async setFailing(id: string, isFailing: boolean): Promise<void> {
    await this.#ask({ do: 'fail', id, isFailing });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    await rm(this.identity.folder, { recursive: true, force: true });
  }

  #ask<T>(request: PeerRequest): Promise<T> {
    this.#last += 1;
    const id = this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, request });
    });
  }
}

function makeBootstrap(id: string, options: MeshPeerOptions, identity: TestIdentity): object {
  const { service, xdsServer, zone } = options;
  return {
    xds_servers: [
      {
        server_uri: xdsServer,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['xds_v3', 'ignore_resource_deletion'],
      },
    ],
    node: {
      id,
      cluster: service,
      locality: { region: 'dc1', ...(zone ? { zone } : {}) },
      metadata: { service, 'weft-role': 'service' },
    },
    server_listener_resource_name_template: 'weft/server/%s',
    certificate_providers: {
      weft: {
        plugin_name: 'file_watcher',
        config: {
          certificate_file: identity.cert,
          private_key_file: identity.key,
          ca_certificate_file: identity.roots,
          refresh_interval: '1s',
        },
      },
    },
  };
}
