import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Mesh } from '../../deploy/local/Mesh.ts';
import { type StartOptions, startMesh } from '../../deploy/local/startMesh.ts';
import { waitUntilHealthy } from '../../deploy/local/supervisor/waitUntilHealthy.ts';
import { MeshHome } from '../../deploy/local/testing/MeshHome.ts';
import type { ConsulClient } from '../../mesh/consul/index.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { MeshProgram } from './MeshProgram.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Real daily bars of the S&P 500 since 2000. */
export const SP500_CSV = join(root, 'node_modules/vega-datasets/data/sp500-2000.csv');

export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** An instance of a service, as Consul knows it. */
export interface Instance {
  readonly ID: string;
  readonly Address: string;
  readonly Port: number;
  readonly Meta: Readonly<Record<string, string>>;
}

const progress = () => ({
  report: (text: string) => void process.stderr.write(`${text}\n`),
  signal: AbortSignal.timeout(1_200_000),
});

export type TestMeshOptions = Omit<StartOptions, 'home'> & Required<Pick<StartOptions, 'only'>>;

/** A mesh of a test's own: all real programs, free ports, a folder that is removed with it. */
export class TestMesh {
  readonly #options: TestMeshOptions;
  readonly #home: MeshHome;
  #mesh: Mesh;

  private constructor(mesh: Mesh, home: MeshHome, options: TestMeshOptions) {
    this.#mesh = mesh;
    this.#home = home;
    this.#options = options;
  }

  /** `only`: what the test is about; what that needs is started with it, and nothing else. */
  static async start(options: TestMeshOptions): Promise<TestMesh> {
    const home = await MeshHome.make();
    try {
      const mesh = await startMesh({ home: home.path, ...options }, progress());
      return new TestMesh(mesh, home, options);
    } catch (error) {
      await home[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * What a second `make up` does.
   *
   * @param stopAt It is interrupted, as by Ctrl+C, once it says this. Default: it is let be.
   * @returns what it says.
   * @throws what it fails with, as when it is interrupted.
   */
  async startAgain(stopAt?: RegExp): Promise<string> {
    const lines: string[] = [];
    const { report, signal } = progress();
    const interrupt = new AbortController();
    const told = (line: string) => {
      lines.push(line);
      report(line);
      if (stopAt?.test(line)) interrupt.abort();
    };
    this.#mesh = await startMesh(
      { home: this.#home.path, ...this.#options },
      { report: told, signal: AbortSignal.any([signal, interrupt.signal]) },
    );
    return lines.join('\n');
  }

  /** Process ids by the names of what runs. */
  async pids(): Promise<Readonly<Record<string, number | undefined>>> {
    const states = await this.#mesh.supervisor.states();
    return Object.fromEntries(states.map(({ name, pid }) => [name, pid]));
  }

  /** State folder of this mesh. */
  get home(): string {
    return this.#mesh.plan.folders.home;
  }

  /** What a process needs in its environment to join. */
  get environment(): Readonly<Record<string, string>> {
    return this.#mesh.environment;
  }

  /** Base URL of the edge. */
  get edge(): string {
    return this.#mesh.edgeUrl;
  }

  /** Consul, with the operator's token. */
  get consul(): ConsulClient {
    return this.#mesh.consul;
  }

  /** Consul, with a token that may say who acts, as identity's may. */
  get signer(): ConsulClient {
    const token = readFileSync(join(this.home, 'secrets/consul-management'), 'utf8').trim();
    return this.consul.withToken(token);
  }

  /** Base URL of Consul's web page, and of its API for anybody. */
  get consulUrl(): string {
    return this.#mesh.consulUrl;
  }

  /** Of Consul, the mesh's own and nobody else's. */
  get ports(): Mesh['plan']['settings']['ports'] {
    return this.#mesh.plan.settings.ports;
  }

  /** URL of a service's own database. */
  databaseUrl(service: string): string {
    const url = this.#mesh.databaseUrl(service);
    if (!url) throw new Error(`${service} has no database`);
    return url;
  }

  /** Folder with the certificate of a service's instance, such as "gateway-1". */
  identity(serviceId: string): string {
    return join(this.home, 'identity', serviceId);
  }

  /** Folder with a certificate that Consul has made for a service of this name just now. */
  async newIdentity(service: string): Promise<string> {
    return (await writeIdentity(this.consul, service, this.home)).folder;
  }

  /** kill -9: its supervisor starts it again. */
  async kill(name: string): Promise<void> {
    await this.#mesh.kill(name, 'SIGKILL');
  }

  /** SIGTERM, and it stays away until it is started again. */
  async stopProcess(name: string): Promise<void> {
    await this.#mesh.supervisor.stop([name]);
  }

  /** Resolves when it is healthy. */
  async startProcess(name: string): Promise<void> {
    const { plan, supervisor } = this.#mesh;
    const processes = plan.processes.filter((process) => process.name === name);
    await supervisor.start([name]);
    await waitUntilHealthy(processes, supervisor, progress());
  }

  /** Runs the `weft` command, and fails when it does. Answers its output. */
  async steer(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.weft(...args);
    if (exitCode !== 0) throw new Error(`weft ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Starts a process that ends with the mesh. */
  program(
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<MeshProgram> {
    return MeshProgram.start(this.home, command, { ...this.environment, ...env });
  }

  /** Runs the `weft` command. */
  weft(...args: string[]): Promise<CommandResult> {
    return this.#run(join(root, 'node_modules/.bin/weft'), args);
  }

  /** What `make replay` runs. Rejects when it fails. `rate`: ticks per second. */
  async replay(file: string, symbol: string, options: { rate?: number } = {}): Promise<string> {
    const rate = options.rate ? ['--rate', String(options.rate)] : [];
    const result = await this.tryReplay(file, symbol, ...rate);
    if (result.exitCode !== 0) {
      throw new Error(`replay of ${file}: ${result.stdout}${result.stderr}`);
    }
    return result.stdout;
  }

  /** The same, also when it fails. */
  tryReplay(file: string, symbol: string, ...args: string[]): Promise<CommandResult> {
    const script = join(root, 'services/market/trading/replay/main.ts');
    return this.#run(process.execPath, [script, file, symbol, ...args], 'replay');
  }

  /** Starts the slow generated feed that `make up` starts. */
  async startDemo(): Promise<void> {
    const script = join(root, 'services/market/trading/replay/demo.ts');
    const result = await this.#run(process.execPath, [script], 'demo');
    if (result.exitCode !== 0) throw new Error(`demo: ${result.stdout}${result.stderr}`);
  }

  /** Writes an intention straight into Consul, as an operator would. */
  async setIntention(source: string, destination: string, action: 'allow' | 'deny'): Promise<void> {
    const query = `source=${source}&destination=${destination}`;
    await this.consul.write(`/connect/intentions/exact?${query}`, {
      SourceType: 'consul',
      Action: action,
    });
  }

  /** The healthy instances of a service. */
  async instances(service: string): Promise<readonly Instance[]> {
    const { value } = await this.consul.read<{ readonly Service: Instance }[]>(
      `/health/connect/${service}?passing`,
    );
    return value.map(({ Service }) => Service);
  }

  /** Stops all processes and removes the folder. */
  async stop(): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
  }

  /** @param job Whose token it takes. Default: the operator's. */
  async #run(file: string, args: readonly string[], job?: string): Promise<CommandResult> {
    const env = job ? this.#mesh.environmentOf(job) : this.#mesh.environment;
    const options = { env, reject: false, stdin: 'ignore' } as const;
    const { exitCode, stdout, stderr } = await execa(file, args, options);
    return { exitCode, stdout, stderr };
  }
}
