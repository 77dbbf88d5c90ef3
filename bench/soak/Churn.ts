import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsulClient } from '../../mesh/consul/index.ts';
import { Worker } from '../harness/Worker.ts';

/** Versions of the echo service; each is a subset. */
export const VERSIONS = ['v1', 'v2'] as const;

/** How long an instance lives once it serves, and how long what an operator says holds. */
const LIFE_MS = 3_000;
/** Shares of v1, in percent; undefined: no split at all. */
const SHARES = [90, 50, 0.5, 100, undefined] as const;
const SERVICE = 'bench-echo';

/** What an operator's day does to a mesh, in minutes: instances come and go, splits and intentions change. */
export class Churn {
  readonly #ended = { SIGTERM: 0, SIGKILL: 0 };
  #splits = 0;
  #intentions = 0;
  readonly #consul: ConsulClient;
  readonly #env: Readonly<Record<string, string>>;
  readonly #stop = new AbortController();
  readonly #lanes: Promise<void>;

  private constructor(consul: ConsulClient, env: Readonly<Record<string, string>>) {
    this.#consul = consul;
    this.#env = env;
    const lanes = [...VERSIONS.map((version) => this.#instances(version)), this.#entries()];
    this.#lanes = Promise.all(lanes).then(() => {});
    // Heard of at `stop` or `failed`.
    this.#lanes.catch(() => {});
  }

  /** Begins. An instance of each version must serve already. @param env Of the instances to come. */
  static async start(consul: ConsulClient, env: Readonly<Record<string, string>>): Promise<Churn> {
    const subset = (version: string) => [
      version,
      { Filter: `Service.Meta.version == "${version}"` },
    ];
    await consul.write('/config', {
      Kind: 'service-resolver',
      Name: SERVICE,
      Subsets: Object.fromEntries(VERSIONS.map(subset)),
    });
    return new Churn(consul, env);
  }

  /** How often each thing has been done. */
  get done(): Readonly<Record<string, number>> {
    return {
      'instances ended by SIGTERM': this.#ended.SIGTERM,
      'by kill -9': this.#ended.SIGKILL,
      'splits written': this.#splits,
      'intentions written': this.#intentions,
    };
  }

  /** Rejects when some of it could not be done; never resolves before `stop`. */
  get failed(): Promise<void> {
    return this.#lanes;
  }

  /** Resolves when the last instance has ended. @throws Error with what could not be done. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#lanes;
  }

  /** One that is killed comes back under its name, as under a supervisor; after a SIGTERM comes another. */
  async #instances(version: string): Promise<void> {
    for (let turn = 0; !this.#stop.signal.aborted; turn++) {
      await using cleanup = new AsyncDisposableStack();
      const signal = turn % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
      const name = `${version}-passing-${Math.floor(turn / 2)}`;
      const instance = await startInstance(name, version, this.#env, cleanup);
      await this.#wait(LIFE_MS);
      await instance.kill(signal);
      this.#ended[signal]++;
    }
  }

  async #entries(): Promise<void> {
    const consul = this.#consul;
    for (let turn = 0; !this.#stop.signal.aborted; turn++) {
      const share = SHARES[turn % SHARES.length];
      if (share === undefined) {
        await consul.remove(`/config/service-splitter/${SERVICE}`);
      } else {
        const weights = [share, 100 - share];
        const Splits = VERSIONS.map((ServiceSubset, i) => ({ ServiceSubset, Weight: weights[i] }));
        await consul.write('/config', { Kind: 'service-splitter', Name: SERVICE, Splits });
      }
      this.#splits++;
      await this.#wait(LIFE_MS / 2);
      // Of a caller that does not call: the permissions of all servers change, those of the load do not.
      const pair = `source=bench-other&destination=${SERVICE}`;
      const Action = turn % 2 === 0 ? 'allow' : 'deny';
      await consul.write(`/connect/intentions/exact?${pair}`, { SourceType: 'consul', Action });
      this.#intentions++;
      await this.#wait(LIFE_MS / 2);
    }
  }

  /** Until it is stopped at most. */
  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}

/** Starts an instance of the echo service and waits until it serves. */
export async function startInstance(
  name: string,
  version: string,
  env: Readonly<Record<string, string>>,
  cleanup: AsyncDisposableStack,
): Promise<Worker<never, never>> {
  const script = new URL('server.ts', import.meta.url);
  const settings = { ...env, WEFT_INSTANCE: name, WEFT_VERSION: version };
  return (await Worker.start<never, never>(script, { env: settings }, cleanup)).worker;
}
