import type { Mesh } from '../../deploy/local/Mesh.ts';
import { startMesh } from '../../deploy/local/startMesh.ts';
import { MeshHome } from '../../deploy/local/testing/MeshHome.ts';
import type { ConsulClient } from '../../mesh/consul/index.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { childrenOf } from './processUsage.ts';

/** A mesh for measurements: all real programs, on ports and in a folder of its own. */
export class BenchMesh implements AsyncDisposable {
  readonly consul: ConsulClient;
  readonly #mesh: Mesh;
  readonly #home: MeshHome;

  private constructor(mesh: Mesh, home: MeshHome) {
    this.#mesh = mesh;
    this.#home = home;
    this.consul = mesh.consul;
  }

  static async start(progress: (text: string) => void, signal: AbortSignal): Promise<BenchMesh> {
    const home = await MeshHome.make();
    try {
      const mesh = await startMesh({ home: home.path }, { report: progress, signal });
      return new BenchMesh(mesh, home);
    } catch (error) {
      await home[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What a process needs in its environment to join. */
  get environment(): Readonly<Record<string, string>> {
    return this.#mesh.environment;
  }

  /** Base URL of the edge. */
  get edge(): string {
    return this.#mesh.edgeUrl;
  }

  /** URL of a service's database. @throws when it has none. */
  databaseUrl(service: string): string {
    const url = this.#mesh.databaseUrl(service);
    if (!url) throw new Error(`${service} has no database`);
    return url;
  }

  /** Process id of a program of the mesh. */
  pid(name: string): Promise<number> {
    return this.#mesh.pid(name);
  }

  /** Process id of the edge's Envoy, which `weft exec` looks after. */
  async edgePid(): Promise<number> {
    const [envoy] = childrenOf(await this.pid('gateway'));
    if (envoy === undefined) throw new Error('the edge does not run');
    return envoy;
  }

  /** Folder with cert.pem, key.pem and roots.pem that Consul has made just now for a service of this name. */
  async newIdentity(service: string): Promise<string> {
    return (await writeIdentity(this.consul, service, this.#mesh.plan.folders.home)).folder;
  }

  /** Where a service's healthy instances listen, such as "127.0.0.1:9000". */
  async addresses(service: string): Promise<string[]> {
    interface Entry {
      readonly Service: { readonly Address: string; readonly Port: number };
    }
    const { value } = await this.consul.read<Entry[]>(`/health/service/${service}?passing=1`);
    return value.map(({ Service }) => `${Service.Address}:${Service.Port}`);
  }

  /** What a service's only instance tells under /metrics. */
  async metrics(service: string): Promise<string> {
    interface Entry {
      readonly Service: { readonly Meta: Readonly<Record<string, string>> };
    }
    const { value } = await this.consul.read<Entry[]>(`/health/service/${service}`);
    const admin = value[0]?.Service.Meta['weft-admin'];
    return (await fetch(`http://${admin}/metrics`)).text();
  }

  /** Writes an intention. */
  async allow(source: string, destination: string): Promise<void> {
    await this.consul.write(
      `/connect/intentions/exact?source=${source}&destination=${destination}`,
      { SourceType: 'consul', Action: 'allow' },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
  }
}
