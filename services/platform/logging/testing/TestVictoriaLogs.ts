import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../../mesh/testing/eventually.ts';
import { freePort } from '../../../../mesh/testing/freePort.ts';
import { killProgram, spawnProgram } from '../../../../mesh/testing/spawnProgram.ts';
import { VictoriaLogs } from '../store/VictoriaLogs.ts';

const START_MS = 30_000;
const PASSWORD = 'a password';

/** A VictoriaLogs of its own: WEFT_VICTORIA_LOGS_BIN, else `victoria-logs` on PATH. It dies with this process. */
export class TestVictoriaLogs {
  readonly url: string;
  readonly passwordFile: string;
  readonly store: VictoriaLogs;
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `http://weft@127.0.0.1:${port}`;
    this.passwordFile = join(folder, 'password');
    this.store = new VictoriaLogs({ url: this.url, password: PASSWORD });
  }

  static async start(): Promise<TestVictoriaLogs> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-victoria-logs-'));
    const started = new TestVictoriaLogs(folder, await freePort());
    await writeFile(started.passwordFile, PASSWORD, { mode: 0o600 });
    await started.run();
    return started;
  }

  async run(): Promise<void> {
    const binary = process.env.WEFT_VICTORIA_LOGS_BIN || 'victoria-logs';
    const options = [
      `-httpListenAddr=127.0.0.1:${this.#port}`,
      `-storageDataPath=${join(this.#folder, 'data')}`,
      ...['-httpAuth.username=weft', `-httpAuth.password=file://${this.passwordFile}`],
      ...['-retentionPeriod=30d', '-delete.enable', '-loggerLevel=ERROR'],
    ];
    this.#process = spawnProgram([binary, ...options], { stdio: 'ignore' });
    await eventually(() => this.store.startTime(), START_MS);
  }

  /** By SIGKILL. What it has on the disk stays. */
  async kill(): Promise<void> {
    if (this.#process) await killProgram(this.#process);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
