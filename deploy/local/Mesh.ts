import { rm } from 'node:fs/promises';
import type { ConsulClient } from '@weft/mesh/consul';
import { assertMeshFolder } from './settings/openHome.ts';
import { removeSocketFolder } from './settings/socketFolder.ts';
import { stopMesh } from './stopMesh.ts';
import { Supervisor } from './supervisor/Supervisor.ts';
import { consulClient } from './topology/consulClient.ts';
import { meshEnvironment } from './topology/meshEnvironment.ts';
import type { MeshPlan } from './topology/planMesh.ts';

/** How a process of the mesh fares. */
export interface ProcessReport {
  readonly name: string;
  readonly pid: number | undefined;
  /** Of its supervisor, such as "RUNNING". */
  readonly state: string;
  /** Undefined: healthy. Else what keeps it from it. */
  readonly problem: string | undefined;
  readonly where: string;
  readonly log: string;
}

/** A local mesh whose supervisor runs. */
export class Mesh {
  readonly plan: MeshPlan;
  readonly supervisor: Supervisor;
  /** Base URL of the edge. */
  readonly edgeUrl: string;
  /** Of Consul's web page and API, for who brings a token of his own. */
  readonly consulUrl: string;
  /** What a command needs in its environment to speak with this mesh. */
  readonly environment: Readonly<Record<string, string>>;

  constructor(plan: MeshPlan) {
    this.plan = plan;
    this.supervisor = new Supervisor(plan.folders, plan.binaries.supervisord);
    this.edgeUrl = `http://127.0.0.1:${plan.settings.ports.edge}`;
    this.consulUrl = `http://127.0.0.1:${plan.settings.ports.consul}`;
    this.environment = meshEnvironment(plan.settings);
  }

  /** The same for a command that calls as a service of its own name, such as "replay". */
  environmentOf(job: string): Readonly<Record<string, string>> {
    const { services, settings } = this.plan;
    const service = services.find(({ jobs }) => Object.hasOwn(jobs, job));
    const given = Object.entries(settings.environments[service?.name ?? ''] ?? {});
    const telemetry = given.filter(([name]) => name.startsWith('OTEL_'));
    return { ...Object.fromEntries(telemetry), ...meshEnvironment(settings, job) };
  }

  /** Consul, with the operator's token. */
  get consul(): ConsulClient {
    const { folders, settings } = this.plan;
    return settings.insecure ? consulClient(folders, '') : consulClient(folders);
  }

  /** URL of a service's own database, with its password; undefined for one without. */
  databaseUrl(service: string): string | undefined {
    return this.plan.processes.find(({ name }) => name === service)?.environment.DATABASE_URL;
  }

  async reports(signal: AbortSignal = AbortSignal.timeout(10_000)): Promise<ProcessReport[]> {
    const states = await this.supervisor.states();
    return Promise.all(
      this.plan.processes.map(async (process) => {
        const state = states.find(({ name }) => name === process.name);
        const problem = await process.check(signal).then(
          () => undefined,
          (error: Error) => error.message,
        );
        return {
          name: process.name,
          pid: state?.pid,
          state: state?.state ?? 'UNKNOWN',
          problem,
          where: process.where,
          log: this.plan.folders.logOf(process.name),
        };
      }),
    );
  }

  /** The process id now. @throws when it does not run. */
  async pid(name: string): Promise<number> {
    const state = (await this.supervisor.states()).find((one) => one.name === name);
    if (state?.pid === undefined) throw new Error(`${name} does not run: ${state?.state}`);
    return state.pid;
  }

  /** Sends a signal to a process, as a fault from outside: its supervisor starts it again if it ends. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    process.kill(await this.pid(name), signal);
  }

  /** Stops all processes; with `remove`, removes the state folder too. */
  async stop({ remove = false } = {}): Promise<void> {
    const { folders } = this.plan;
    await stopMesh(folders, { report: () => {} });
    if (!remove) return;
    await assertMeshFolder(folders.home);
    await removeSocketFolder(folders.home);
    await rm(folders.home, { recursive: true, force: true });
  }
}
