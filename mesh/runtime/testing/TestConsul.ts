import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsulClient } from '@weft/mesh/consul';
import { freePort } from '../server/freePort.ts';
import { eventually } from './eventually.ts';

/** A Consul agent of its own, in memory: WEFT_CONSUL_BIN, else `consul` on PATH. */
export class TestConsul {
  readonly client: ConsulClient;
  readonly #arguments: readonly string[];
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, others: readonly number[]) {
    this.#folder = folder;
    this.client = new ConsulClient({ address: `http://127.0.0.1:${port}`, token: '' });
    const [server, serf] = others;
    this.#arguments = [
      ...['agent', '-dev', '-bind=127.0.0.1', '-log-level=error'],
      ...['dns', 'grpc', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`),
      ...[`-http-port=${port}`, `-server-port=${server}`, `-serf-lan-port=${serf}`],
    ];
  }

  /** An agent that is not running yet. */
  static async prepare(): Promise<TestConsul> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-consul-'));
    return new TestConsul(folder, await freePort(), [await freePort(), await freePort()]);
  }

  static async start(): Promise<TestConsul> {
    const consul = await TestConsul.prepare();
    await consul.run();
    return consul;
  }

  /** Runs the agent, with nothing of what it knew before. Resolves when it issues certificates. */
  async run(): Promise<void> {
    this.#process = spawn(process.env.WEFT_CONSUL_BIN || 'consul', this.#arguments, {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(this.#process, 'spawn');
    await eventually(() => this.client.read('/agent/connect/ca/roots'), 30_000);
  }

  /** Kills the agent, and all that it knows with it. */
  async kill(): Promise<void> {
    if (this.#process?.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
