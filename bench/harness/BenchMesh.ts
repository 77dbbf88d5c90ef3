import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mesh } from '../../deploy/local/Mesh.ts';
import { startMesh } from '../../deploy/local/startMesh.ts';

/** A mesh for measurements: all real programs, on ports and in a folder of its own. */
export class BenchMesh implements AsyncDisposable {
  readonly #mesh: Mesh;

  private constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  static async start(progress: (text: string) => void, signal: AbortSignal): Promise<BenchMesh> {
    const home = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    // PostgreSQL's own user has to enter it.
    await chmod(home, 0o711);
    return new BenchMesh(await startMesh({ home }, { report: progress, signal }));
  }

  /** What a process needs in its environment to join. */
  get environment(): Readonly<Record<string, string>> {
    return this.#mesh.environment;
  }

  /** Base URL of the edge. */
  get edge(): string {
    return this.#mesh.edgeUrl;
  }

  /** Process id of a program of the mesh. */
  pid(name: string): Promise<number> {
    return this.#mesh.pid(name);
  }

  /** Folder with cert.pem, key.pem and roots.pem of a service's instance. */
  identity(serviceId: string): string {
    return join(this.#mesh.plan.folders.home, 'identity', serviceId);
  }

  /** Writes an intention. */
  async allow(source: string, destination: string): Promise<void> {
    const query = `source=${source}&destination=${destination}`;
    const response = await fetch(`${this.#mesh.consulUrl}/v1/connect/intentions/exact?${query}`, {
      method: 'PUT',
      body: JSON.stringify({ SourceType: 'consul', Action: 'allow' }),
    });
    if (!response.ok) throw new Error(`intention: ${response.status} ${await response.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mesh.stop({ remove: true });
  }
}
