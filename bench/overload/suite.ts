import type { BenchMesh } from '../harness/BenchMesh.ts';
import { cpuSecondsOf } from '../harness/processUsage.ts';
import type { Case, Contender, Measurement, Suite } from '../harness/Suite.ts';
import { Worker } from '../harness/Worker.ts';
import type { Load } from './client.ts';

/** Enough to keep the server busy, and too few to overload it. */
const IN_FLIGHT = 4;
/** Of a turn, at least: an overload is only an overload when it lasts. */
const SECONDS = 5;
const SETTLE_SECONDS = 2;

const servers = [
  { title: 'overload, 1 ms of work a call', env: { WAIT_MS: '0' } },
  { title: 'overload, 5 ms of waiting and 1 ms of work a call', env: { WAIT_MS: '5' } },
] as const;

/** What a service still does when more is asked of it than it can do. */
export const overload: Suite = {
  name: 'overload',

  async prepare({ mesh: startMesh, progress }, cleanup) {
    const mesh = await startMesh();
    await mesh.allow('bench-client', 'bench-echo');
    progress('overload: starting the client');
    const { worker: client } = await Worker.start<Load, Measurement>(
      new URL('client.ts', import.meta.url),
      { env: mesh.environment },
      cleanup,
    );
    const only = new OneServer(mesh, client, cleanup);
    return servers.map(({ title, env }): Case => {
      const contender = (name: string, times: number, more: object = {}): Contender => ({
        name,
        async turn(seconds) {
          const peak = await only.run({ ...env, ...more });
          const length = Math.max(seconds, SECONDS);
          const load: Load =
            times === 0
              ? { inFlight: IN_FLIGHT, seconds: length }
              : { callsPerSecond: times * peak, seconds: length };
          return only.measure(load);
        },
      });
      return {
        title,
        unit: 'answered by a CPU second',
        baseline: 'its peak',
        mostRounds: 3,
        warmUpSeconds: 0,
        contenders: [
          contender('its peak', 0),
          contender('offered its peak', 1),
          contender('offered twice', 2),
          contender('offered three times', 3),
          contender('three times, refusing none', 3, { WEFT_SHED_AFTER_MS: '0' }),
        ],
      };
    });
  },
};

/** The one server that runs, as callers would share their calls among several. */
class OneServer {
  readonly #mesh: BenchMesh;
  readonly #client: Worker<Load, Measurement>;
  readonly #cleanup: AsyncDisposableStack;
  #worker: Worker<never, never> | undefined;
  #key = '';
  #instances = 0;

  constructor(mesh: BenchMesh, client: Worker<Load, Measurement>, cleanup: AsyncDisposableStack) {
    this.#mesh = mesh;
    this.#client = client;
    this.#cleanup = cleanup;
  }

  /**
   * Makes it the server with these settings, warm, and with nothing left over from an earlier load. Answers how many
   * calls a second it can serve at the moment: that changes with what else the machine does.
   */
  async run(settings: Readonly<Record<string, string>>): Promise<number> {
    const key = JSON.stringify(settings);
    if (key !== this.#key) {
      await this.#worker?.kill();
      this.#key = key;
      this.#instances++;
      const env = {
        ...this.#mesh.environment,
        ...settings,
        WEFT_INSTANCE: `overload-${this.#instances}`,
      };
      const script = new URL('server.ts', import.meta.url);
      this.#worker = (await Worker.start<never, never>(script, { env }, this.#cleanup)).worker;
      await this.#client.ask({ inFlight: IN_FLIGHT, seconds: SETTLE_SECONDS });
    }
    return (await this.#client.ask({ inFlight: IN_FLIGHT, seconds: SETTLE_SECONDS })).value;
  }

  /**
   * Drives it. What counts is how much of its CPU time goes into answers, and not how much of that time the machine
   * leaves it.
   */
  async measure(load: Load): Promise<Measurement> {
    const pids = [this.#worker?.pid ?? 0];
    const before = cpuSecondsOf(pids);
    const measurement = await this.#client.ask(load);
    const cpuSeconds = cpuSecondsOf(pids) - before;
    const { value: answeredPerSecond, errors, extra } = measurement;
    return {
      value: (answeredPerSecond * (extra?.seconds ?? Number.NaN)) / cpuSeconds,
      errors,
      extra: { 'answered/s': answeredPerSecond, ...extra },
    };
  }
}
