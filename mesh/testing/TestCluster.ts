import { type ChildProcess, execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConsulClient } from '../consul/index.ts';
import { eventually } from './eventually.ts';
import { freePort } from './freePort.ts';
import { isRunning, killProgram, spawnProgram } from './spawnProgram.ts';

/** Three elect a leader, on a machine that may be busy. */
const START_MS = 90_000;
const SERVERS = 3;

const binary = () => process.env.WEFT_CONSUL_BIN || 'consul';
/** Linux takes all of 127.0.0.0/8 as its own, so that each agent has an address. */
const addressOf = (agent: number) => `127.0.9.${agent}`;

/** The ports of every agent of a cluster: they have an address each. */
interface Ports {
  readonly http: number;
  readonly server: number;
  readonly serf: number;
  readonly grpc: number;
  readonly grpcTls: number;
}

/**
 * Three Consul servers and a client agent, with ACLs on. The servers take gRPC with TLS and without. It dies with this
 * process. Linux only.
 */
export class TestCluster {
  /** PEM file of the authority that the servers' certificates come from. */
  readonly caFile: string;
  /** The management token. */
  readonly token: string = randomUUID();
  readonly ports: Ports;
  readonly #folder: string;
  readonly #servers = new Map<number, ChildProcess>();
  #client: ChildProcess | undefined;

  private constructor(folder: string, ports: Ports) {
    this.#folder = folder;
    this.ports = ports;
    this.caFile = join(folder, 'consul-agent-ca.pem');
  }

  /** Resolves when it issues certificates. */
  static async start(): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-cluster-'));
    const ports = {
      http: await freePort(),
      server: await freePort(),
      serf: await freePort(),
      grpc: await freePort(),
      grpcTls: await freePort(),
    };
    const cluster = new TestCluster(folder, ports);
    try {
      await cluster.#run();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #run(): Promise<void> {
    const make = (...args: string[]) =>
      promisify(execFile)(binary(), ['tls', ...args], { cwd: this.#folder });
    await make('ca', 'create');
    await make('cert', 'create', '-server', '-dc=dc1');
    for (let server = 1; server <= SERVERS; server += 1) this.startServer(server);
    this.#client = this.#agent(SERVERS + 1, []);
    const consul = this.clientOf();
    await eventually(async () => {
      for (const agent of [...this.#servers.values(), this.#client]) {
        if (agent && !isRunning(agent)) throw new Error(`an agent ended with ${agent.exitCode}`);
      }
      await consul.read('/connect/ca/roots');
      const { value } = await consul.read<readonly string[]>('/status/peers');
      return value.length === SERVERS;
    }, START_MS);
  }

  /** The client agent's API. @param token Default: the management token. */
  clientOf(
    token = this.token,
    grpc: ConstructorParameters<typeof ConsulClient>[0] = {},
  ): ConsulClient {
    const address = `http://${addressOf(SERVERS + 1)}:${this.ports.http}`;
    return new ConsulClient({ address, token, grpc: {}, ...grpc });
  }

  /** Where a server takes gRPC by TLS. */
  grpcTlsOf(server: number): string {
    return `${addressOf(server)}:${this.ports.grpcTls}`;
  }

  /** Which server leads. */
  async leader(): Promise<number> {
    const { value } = await this.clientOf().read<string>('/status/leader');
    const server = Number(/^127\.0\.9\.(\d):/.exec(value)?.[1]);
    if (!server) throw new Error(`no leader: ${value}`);
    return server;
  }

  /** Starts a server, or starts it again with what it knew. */
  startServer(server: number): void {
    this.#servers.set(
      server,
      this.#agent(server, [
        ...['-server', `-bootstrap-expect=${SERVERS}`],
        ...[`-grpc-port=${this.ports.grpc}`, `-grpc-tls-port=${this.ports.grpcTls}`],
        `-hcl=tls { grpc {
          ca_file = "${this.caFile}"
          cert_file = "${join(this.#folder, 'dc1-server-consul-0.pem')}"
          key_file = "${join(this.#folder, 'dc1-server-consul-0-key.pem')}"
        } }`,
      ]),
    );
  }

  /** kill -9. */
  async killServer(server: number): Promise<void> {
    const agent = this.#servers.get(server);
    if (agent) await killProgram(agent);
    this.#servers.delete(server);
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#servers.values(), this.#client].map((agent) => agent && killProgram(agent)),
    );
    await rm(this.#folder, { recursive: true, force: true });
  }

  #agent(number: number, more: readonly string[]): ChildProcess {
    const { http, server, serf } = this.ports;
    const address = addressOf(number);
    const others = Array.from({ length: SERVERS }, (_, index) => addressOf(index + 1));
    return spawnProgram(
      [
        ...[binary(), 'agent', '-log-level=error', `-node=agent-${number}`],
        ...[
          `-bind=${address}`,
          `-client=${address}`,
          `-data-dir=${join(this.#folder, `${number}`)}`,
        ],
        ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${serf}`],
        ...['-dns-port=-1', '-serf-wan-port=-1', '-retry-interval=1s'],
        ...others.map((other) => `-retry-join=${other}:${serf}`),
        '-hcl=connect { enabled = true }',
        '-hcl=disable_update_check = true',
        '-hcl=performance { raft_multiplier = 1 }',
        `-hcl=acl {
          enabled = true
          default_policy = "deny"
          tokens { initial_management = "${this.token}" agent = "${this.token}" }
        }`,
        ...more,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  }
}
