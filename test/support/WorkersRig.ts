import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import { EchoRequest } from '@weft/proto/bench/v1/echo';
import { pino } from 'pino';
import { ControlPlane } from '../../mesh/control/ControlPlane.ts';
import { TestConsul } from '../../mesh/testing/TestConsul.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { waitFor } from './waitFor.ts';

const member = fileURLToPath(new URL('workersMember.ts', import.meta.url));
const SERVICE = 'bench-echo';
const CALL_MS = 60_000;
const START_MS = 240_000;

/** What Consul says of the service's instance. */
export interface CatalogEntry {
  readonly Service: {
    readonly ID: string;
    readonly Port: number;
    readonly Meta: Readonly<Record<string, string>>;
    /** Differs once it has been registered anew. */
    readonly CreateIndex: number;
  };
  readonly Checks: readonly { readonly CheckID: string; readonly Status: string }[];
}

/** A call under way. */
export interface EchoCall {
  /** Process id of the worker that serves it; rejects when the call fails before. */
  readonly servedBy: Promise<number>;
  /** The gRPC status: 0 is OK. */
  readonly ended: Promise<number>;
}

/** A service in two workers with a real Consul and control plane beside it, and callers that connect for each call. */
export class WorkersRig {
  readonly consul: TestConsul;
  readonly home: string;
  readonly #control: ControlPlane;
  readonly #credentials: grpc.ChannelCredentials;
  #primary: ChildProcess | undefined;

  private constructor(
    consul: TestConsul,
    control: ControlPlane,
    home: string,
    credentials: grpc.ChannelCredentials,
  ) {
    this.consul = consul;
    this.home = home;
    this.#control = control;
    this.#credentials = credentials;
  }

  static async start(): Promise<WorkersRig> {
    const consul = await TestConsul.start();
    const control = await ControlPlane.start({
      listen: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      consul: consul.client,
      contracts: Contracts.load(),
      log: pino({ level: 'silent' }),
    });
    await consul.intend(SERVICE, { cli: 'allow' });
    const { roots, key, cert } = await writeIdentity(consul.client, 'cli');
    const credentials = grpc.credentials.createSsl(
      readFileSync(roots),
      readFileSync(key),
      readFileSync(cert),
      { checkServerIdentity: () => undefined },
    );
    const home = await mkdtemp(join(tmpdir(), 'weft-workers-'));
    return new WorkersRig(consul, control, home, credentials);
  }

  /** Starts the service. @returns its primary process, once Consul finds it healthy. */
  async startService(): Promise<ChildProcess> {
    const primary = fork(member, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        CONSUL_HTTP_ADDR: this.consul.client.address,
        WEFT_XDS_SERVER: this.#control.xdsServer,
        WEFT_HOME: this.home,
        WEFT_LOG_LEVEL: 'warn',
      },
    });
    this.#primary = primary;
    await waitFor(
      'the service',
      async () => {
        if (primary.exitCode !== null) throw new Error(`it ended with ${primary.exitCode}`);
        return (await this.entries()).some(({ Checks }) =>
          Checks.every(({ Status }) => Status === 'passing'),
        );
      },
      START_MS,
    );
    return primary;
  }

  /** Its instances in the catalog. */
  async entries(): Promise<readonly CatalogEntry[]> {
    return (await this.consul.client.read<CatalogEntry[]>(`/health/service/${SERVICE}`)).value;
  }

  /** The page of its admin port. */
  async admin(page: string): Promise<Response> {
    const [entry] = await this.entries();
    return fetch(`http://${entry?.Service.Meta['weft-admin']}/${page}`);
  }

  /** Calls it over a connection of the call's own. */
  async call(name: string): Promise<EchoCall> {
    const [entry] = await this.entries();
    const client = new grpc.Client(`127.0.0.1:${entry?.Service.Port}`, this.#credentials, {
      'grpc.use_local_subchannel_pool': 1,
    });
    const served = Promise.withResolvers<number>();
    served.promise.catch(() => {});
    const ended = new Promise<number>((resolve) => {
      client
        .makeUnaryRequest(
          '/bench.v1.EchoService/Echo',
          (request: EchoRequest) => Buffer.from(EchoRequest.encode(request).finish()),
          (bytes) => bytes,
          { name, number: 1, payload: Buffer.alloc(0) },
          { deadline: Date.now() + CALL_MS },
          (error) => {
            client.close();
            served.reject(error ?? new Error('no header'));
            resolve(error?.code ?? grpc.status.OK);
          },
        )
        .on('metadata', (header) => served.resolve(Number(header.get('x-pid')[0])));
    });
    return { servedBy: served.promise, ended };
  }

  async stop(): Promise<void> {
    if (this.#primary?.exitCode === null && this.#primary.signalCode === null) {
      this.#primary.kill('SIGKILL');
      await once(this.#primary, 'exit');
    }
    await this.#control.stop();
    await this.consul.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
