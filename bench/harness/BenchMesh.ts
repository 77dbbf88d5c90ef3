import type { Mesh } from '../../deploy/local/Mesh.ts';
import type { Progress } from '../../deploy/local/Progress.ts';
import { removeServices } from '../../deploy/local/removeServices.ts';
import { startMesh } from '../../deploy/local/startMesh.ts';
import { MeshHome } from '../../deploy/local/testing/MeshHome.ts';
import { chooseServices } from '../../deploy/local/topology/chooseServices.ts';
import type { ConsulClient } from '../../mesh/consul/index.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { childrenOf } from './processUsage.ts';

/** A mesh for measurements: all real programs, on ports and in a folder of its own. */
export class BenchMesh implements AsyncDisposable {
  readonly consul: ConsulClient;
  readonly #home: MeshHome;
  #mesh: Mesh;

  private constructor(mesh: Mesh, home: MeshHome) {
    this.#mesh = mesh;
    this.#home = home;
    this.consul = mesh.consul;
  }

  /** Without services: see serve(). */
  static async start(progress: Progress): Promise<BenchMesh> {
    const home = await MeshHome.make();
    try {
      return new BenchMesh(await startMesh({ home: home.path, only: [] }, progress), home);
    } catch (error) {
      await home[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has these services run, with what they call, and no other: what others do of themselves would be measured too. */
  async serve(services: readonly string[], progress: Progress): Promise<void> {
    const { known, settings } = this.#mesh.plan;
    const wanted = new Set(chooseServices(services, known).map(({ name }) => name));
    const others = settings.services.filter((name) => !wanted.has(name));
    if (others.length > 0) this.#mesh = await removeServices(this.#mesh, others);
    this.#mesh = await startMesh({ home: this.#home.path, only: services }, progress);
  }

  /** The services that run. */
  get services(): readonly string[] {
    return this.#mesh.plan.settings.services;
  }

  /** What a process needs in its environment to join. */
  get environment(): Readonly<Record<string, string>> {
    return this.#mesh.environment;
  }

  /** The same for a process that acts with the token of this one of the mesh, such as "control". */
  environmentOf(holder: string): Readonly<Record<string, string>> {
    return this.#mesh.environmentOf(holder);
  }

  /** Envoy's binary. */
  get envoy(): string {
    return this.#mesh.plan.binaries.envoy;
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

  /** Memory in MB that the edge's allocator has given out, of some seconds ago. It keeps what is given back for a while. */
  async edgeInUseMb(): Promise<number> {
    const { edgeAdmin } = this.#mesh.plan.settings.ports;
    const url = `http://127.0.0.1:${edgeAdmin}/stats?filter=^server.memory_allocated$`;
    const text = await (await fetch(url)).text();
    return Number(/: (\d+)/.exec(text)?.[1]) / 1_048_576;
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
