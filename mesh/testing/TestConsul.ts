import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsulClient } from '../consul/index.ts';
import { eventually } from './eventually.ts';
import { freePort } from './freePort.ts';
import { isRunning, killProgram, spawnProgram } from './spawnProgram.ts';

/** A bound for a broken system. */
const START_MS = 30_000;
/** Of what it prints, in characters. */
const MAX_SAID = 2_000;

export interface TestInstance {
  readonly service: string;
  readonly port: number;
  /** Default: the service's name and port. */
  readonly id?: string;
  /** Default: passing. */
  readonly health?: 'passing' | 'warning' | 'critical';
  /** In its metadata. Default: none. */
  readonly version?: string;
  /** In its metadata. Default: none. */
  readonly zone?: string;
  /** Default: 1. */
  readonly weight?: number;
}

/** A config entry as Consul's API takes it. */
export interface ConfigEntryBody {
  readonly Kind: string;
  readonly Name: string;
  readonly [field: string]: unknown;
}

export interface TestConsulOptions {
  /** More of its configuration, in HCL. */
  readonly hcl?: string;
  /** What `client` asks with. Default: none. */
  readonly token?: string;
}

/** A Consul agent of its own, in memory: WEFT_CONSUL_BIN, else `consul` on PATH. It dies with this process. */
export class TestConsul {
  readonly client: ConsulClient;
  /** Where it signs, and serves xDS for its own sidecars. */
  readonly grpcAddress: string;
  readonly #arguments: readonly string[];
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(
    folder: string,
    [http, server, serf, grpc]: readonly number[],
    { hcl, token = '' }: TestConsulOptions,
  ) {
    this.#folder = folder;
    this.grpcAddress = `127.0.0.1:${grpc}`;
    this.client = new ConsulClient({ address: `http://127.0.0.1:${http}`, token, grpc: {} });
    this.#arguments = [
      ...['agent', '-dev', '-bind=127.0.0.1', '-log-level=error'],
      ...['dns', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`),
      ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${serf}`],
      `-grpc-port=${grpc}`,
      ...(hcl ? [`-hcl=${hcl}`] : []),
    ];
  }

  /** An agent that is not running yet. */
  static async prepare(options: TestConsulOptions = {}): Promise<TestConsul> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-consul-'));
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    return new TestConsul(folder, ports, options);
  }

  /** Another process may take a port between the look at it and the start: then it is tried again, with others. */
  static async start(options: TestConsulOptions = {}, tries = 3): Promise<TestConsul> {
    const consul = await TestConsul.prepare(options);
    try {
      await consul.run();
      return consul;
    } catch (error) {
      await consul.stop();
      if (tries > 1 && /address already in use/.test(String(error))) {
        return TestConsul.start(options, tries - 1);
      }
      throw error;
    }
  }

  /** Runs the agent, with nothing of what it knew before. Resolves when it issues certificates. */
  async run(): Promise<void> {
    const agent = spawnProgram([process.env.WEFT_CONSUL_BIN || 'consul', ...this.#arguments], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = agent;
    const closed = once(agent, 'close');
    // It logs there, errors too.
    let said = '';
    agent.stdout?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-MAX_SAID);
    });
    const ready = await eventually(async () => {
      if (!isRunning(agent)) return undefined;
      return this.client.read('/connect/ca/roots');
    }, START_MS);
    if (ready !== undefined) return;
    // What it has said last may come after its end.
    await closed;
    throw new Error(`Consul ended with ${agent.exitCode}: ${said}`);
  }

  /** Kills the agent, and all that it knows with it. */
  async kill(): Promise<void> {
    if (this.#process) await killProgram(this.#process);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async register({
    service,
    port,
    id,
    health = 'passing',
    version,
    zone,
    weight = 1,
  }: TestInstance): Promise<string> {
    const name = id ?? `${service}-${port}`;
    await this.client.write('/agent/service/register', {
      ID: name,
      Name: service,
      Address: '127.0.0.1',
      Port: port,
      Connect: { Native: true },
      Meta: { ...(version ? { version } : {}), ...(zone ? { zone } : {}) },
      Weights: { Passing: weight, Warning: weight },
      Check: { CheckID: `check-${name}`, Name: 'set by the test', TTL: '600s', Status: health },
    });
    return name;
  }

  /** Writes config entries, one after the other. */
  async configure(...entries: readonly ConfigEntryBody[]): Promise<void> {
    for (const entry of entries) await this.client.write('/config', entry);
  }

  async forget(kind: string, name: string): Promise<void> {
    await this.client.remove(`/config/${kind}/${name}`);
  }

  async setHealth(id: string, health: 'pass' | 'warn' | 'fail'): Promise<void> {
    await this.client.write(`/agent/check/${health}/check-${id}`);
  }

  /** Writes the service's intentions, such as `{ trading: 'allow', '*': 'deny' }`. */
  async intend(service: string, sources: Record<string, 'allow' | 'deny'>): Promise<void> {
    await this.client.write('/config', {
      Kind: 'service-intentions',
      Name: service,
      Sources: Object.entries(sources).map(([Name, Action]) => ({ Name, Action })),
    });
  }

  async forgetIntentions(service: string): Promise<void> {
    await this.client.remove(`/config/service-intentions/${service}`);
  }
}
