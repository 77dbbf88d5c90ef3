import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsulClient } from '../../consul/index.ts';
import { eventually } from './eventually.ts';
import { freePort } from './freePort.ts';

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

/** A Consul agent of its own, in memory: WEFT_CONSUL_BIN, else `consul` on PATH. */
export class TestConsul {
  readonly client: ConsulClient;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, client: ConsulClient) {
    this.#process = process;
    this.#folder = folder;
    this.client = client;
  }

  static async start(): Promise<TestConsul> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-consul-'));
    const [http, server, serf] = await Promise.all([freePort(), freePort(), freePort()]);
    const ports = { 'http-port': http, 'server-port': server, 'serf-lan-port': serf };
    const closed = ['dns', 'grpc', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`);
    const process = spawn(
      globalThis.process.env.WEFT_CONSUL_BIN ?? 'consul',
      [
        ...['agent', '-dev', '-bind=127.0.0.1', '-log-level=error', ...closed],
        ...Object.entries(ports).map(([name, port]) => `-${name}=${port}`),
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(process, 'spawn');
    const client = new ConsulClient({ address: `http://127.0.0.1:${http}`, token: '' });
    const consul = new TestConsul(process, folder, client);
    try {
      await eventually(() => client.read('/connect/ca/roots'), 30_000);
      return consul;
    } catch (error) {
      await consul.stop();
      throw error;
    }
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

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
