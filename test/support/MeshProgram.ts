import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { marker } from '@weft/mesh/local';

/** A process beside a test's mesh. It ends with the mesh, also when the test dies. */
export class MeshProgram {
  readonly #process: ChildProcess;
  readonly #exit: Promise<number | null>;
  #output = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#exit = once(process, 'close').then(([code]) => code);
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (text) => {
        this.#output += text;
      });
    }
  }

  /** @param home State folder of the mesh. */
  static async start(
    home: string,
    [command = '', ...args]: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<MeshProgram> {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, [marker]: home },
    });
    await once(child, 'spawn');
    return new MeshProgram(child);
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** SIGTERM. @returns what it exits with. */
  async stop(): Promise<number | null> {
    this.kill('SIGTERM');
    return await this.#exit;
  }
}
