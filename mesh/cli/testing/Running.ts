import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawnProgram } from '../../testing/spawnProgram.ts';

const weft = fileURLToPath(new URL('../bin.js', import.meta.url));

export interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `weft` command as a process. */
export class Running {
  stdout = '';
  stderr = '';
  readonly #process;
  readonly #closed;

  /** @param flags Of Node itself. */
  constructor(args: readonly string[], env: NodeJS.ProcessEnv, flags: readonly string[] = []) {
    this.#process = spawnProgram([process.execPath, ...flags, weft, ...args], { env });
    this.#closed = once(this.#process, 'close');
    this.#process.stdout.on('data', (text) => {
      this.stdout += text;
    });
    this.#process.stderr.on('data', (text) => {
      this.stderr += text;
    });
  }

  /** Writes standard input, all of it. */
  write(text: string): void {
    this.#process.stdin.end(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async result(): Promise<Result> {
    await this.#closed;
    return { exitCode: this.#process.exitCode, stdout: this.stdout, stderr: this.stderr };
  }
}
