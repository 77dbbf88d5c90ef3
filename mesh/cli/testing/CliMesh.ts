import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { ControlPlane } from '../../control/ControlPlane.ts';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/freePort.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { type Result, Running } from './Running.ts';

const START_MS = 30_000;

/** A Consul and a control plane of a test's own, and the `weft` command for them. */
export class CliMesh {
  readonly consul: TestConsul;
  readonly control: ControlPlane;
  /** WEFT_HOME. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #started: Running[] = [];

  private constructor(consul: TestConsul, control: ControlPlane, home: string) {
    this.consul = consul;
    this.control = control;
    this.home = home;
    this.env = {
      ...process.env,
      CONSUL_HTTP_ADDR: consul.client.address,
      WEFT_XDS_SERVER: control.xdsServer,
      WEFT_CONTROL_ADMIN: control.adminUrl,
      WEFT_HOME: home,
      WEFT_PROPAGATION_MS: '300',
      WEFT_DRAIN_MS: '2000',
    };
  }

  static async start(): Promise<CliMesh> {
    const consul = await TestConsul.start();
    const control = await ControlPlane.start({
      listen: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      consul: consul.client,
      log: pino({ level: 'silent' }),
    });
    return new CliMesh(consul, control, await mkdtemp(join(tmpdir(), 'weft-cli-')));
  }

  async stop(): Promise<void> {
    for (const each of this.#started) each.kill('SIGKILL');
    await this.control.stop();
    await this.consul.stop();
    await rm(this.home, { recursive: true });
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const command = new Running(args, { ...this.env, ...env });
    this.#started.push(command);
    return command;
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    return this.start(args, env).result();
  }

  /** `weft exec` of a program on a free port. */
  async exec(service: string, command: readonly string[], ...options: string[]): Promise<Running> {
    const port = String(await freePort());
    return this.start(['exec', '--service', service, '--port', port, ...options, '--', ...command]);
  }

  /** assetServer.ts under `weft exec`, from the time on that Consul finds it healthy. */
  async serveAssets(service: string, ...options: string[]): Promise<Running> {
    const file = fileURLToPath(new URL('assetServer.ts', import.meta.url));
    const server = await this.exec(service, [process.execPath, file], ...options);
    await eventually(
      async () => assert.deepEqual(await this.health(service), ['passing']),
      START_MS,
    );
    return server;
  }

  /** What Consul thinks of each instance. */
  async health(service: string): Promise<string[]> {
    const path = `/health/checks/${service}`;
    const { value } = await this.consul.client.read<{ readonly Status: string }[]>(path);
    return value.map(({ Status }) => Status);
  }
}
