import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const reaperScript = fileURLToPath(new URL('reaper.ts', import.meta.url));

/**
 * A state folder for a mesh, whose supervisor goes on in the background. The mesh stops and the folder goes when this
 * is disposed of, and also when this process is killed.
 */
export class MeshHome implements AsyncDisposable {
  readonly path: string;
  readonly #reaper: ChildProcess;

  private constructor(path: string, reaper: ChildProcess) {
    this.path = path;
    this.#reaper = reaper;
  }

  static async make(): Promise<MeshHome> {
    const path = await mkdtemp(join(tmpdir(), 'weft-mesh-'));
    // PostgreSQL's own user has to enter it.
    await chmod(path, 0o711);
    const reaper = spawn(process.execPath, [reaperScript, path], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    return new MeshHome(path, reaper);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#reaper.exitCode !== null) return;
    const ended = once(this.#reaper, 'exit');
    this.#reaper.stdin?.end();
    await ended;
  }
}
