import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/freePort.ts';
import { isRunning, spawnProgram } from '../../testing/spawnProgram.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface ControlProcessOptions {
  /** Address of Consul. */
  readonly consul: string;
  /** Port of xDS. Default: a free one. */
  readonly port?: number;
  readonly flags?: readonly string[];
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A control plane in a process of its own. */
export class ControlProcess {
  readonly xds: string;
  readonly admin: string;
  readonly process: ChildProcess;
  /** What it has written so far. */
  output = '';

  private constructor(
    { consul, flags = [], env }: ControlProcessOptions,
    xds: number,
    admin: number,
  ) {
    this.xds = `127.0.0.1:${xds}`;
    this.admin = `127.0.0.1:${admin}`;
    this.process = spawnProgram(
      [
        process.execPath,
        main,
        '--listen',
        this.xds,
        '--admin',
        this.admin,
        '--consul',
        consul,
        ...flags,
      ],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /** Starts it, and does not wait. */
  static async start(options: ControlProcessOptions): Promise<ControlProcess> {
    return new ControlProcess(options, options.port ?? (await freePort()), await freePort());
  }

  get isRunning(): boolean {
    return isRunning(this.process);
  }

  async ready(): Promise<void> {
    await eventually(
      async () => (await fetch(`http://${this.admin}/ready`)).status === 200,
      60_000,
    );
  }

  /** One of its figures, such as "weft_control_streams". */
  async metric(name: string): Promise<number> {
    const metrics = await (await fetch(`http://${this.admin}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{\\})? (\\S+)`, 'm').exec(metrics)?.[1]);
  }

  /** @returns its exit code; null when a signal has ended it. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.isRunning) return this.process.exitCode;
    this.process.kill(signal);
    const [code] = (await once(this.process, 'exit')) as [number | null];
    return code;
  }
}
