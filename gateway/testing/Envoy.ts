import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { eventually } from '@weft/mesh/testing/eventually';
import { isRunning, killProgram, spawnProgram } from '@weft/mesh/testing/spawnProgram';
import type { Config } from '../typedConfig.ts';

/** WEFT_ENVOY_BIN, else `envoy` on PATH. */
const binary = process.env.WEFT_ENVOY_BIN ?? 'envoy';

const ARGUMENTS = [
  ...['--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'],
  ...['--file-flush-interval-msec', '50'],
];

/** A bound for a broken system. */
const START_MS = 60_000;

/** A real Envoy, from its bootstrap until stop(). */
export class Envoy {
  /** The access log's entries. */
  readonly requests: Record<string, unknown>[] = [];
  readonly #folder: string;
  readonly #process: ChildProcess;
  #log = '';

  private constructor(folder: string, process: ChildProcess) {
    this.#folder = folder;
    this.#process = process;
    if (process.stdout) {
      createInterface(process.stdout).on('line', (line) => this.requests.push(JSON.parse(line)));
    }
    process.stderr?.on('data', (text) => {
      this.#log += text;
    });
  }

  /** Answers when Envoy is ready. */
  static async start(bootstrap: Config, adminPort: number): Promise<Envoy> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-edge-'));
    const file = join(folder, 'envoy.json');
    await writeFile(file, JSON.stringify(bootstrap));
    const envoy = new Envoy(folder, spawnProgram([binary, '-c', file, ...ARGUMENTS]));
    try {
      await eventually(
        async () => !isRunning(envoy.#process) || (await isReady(adminPort)),
        START_MS,
      );
      if (!isRunning(envoy.#process)) throw new Error(`Envoy ended: ${envoy.#log}`);
      return envoy;
    } catch (error) {
      await envoy.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await killProgram(this.#process);
    await rm(this.#folder, { recursive: true });
  }
}

/** What Envoy says of a bootstrap without running it. @throws when it refuses it. */
export async function validate(bootstrap: Config): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-edge-'));
  try {
    const file = join(folder, 'envoy.json');
    await writeFile(file, JSON.stringify(bootstrap));
    await promisify(execFile)(binary, ['--mode', 'validate', '-c', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function isReady(adminPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${adminPort}/ready`)).ok;
  } catch {
    return false;
  }
}
