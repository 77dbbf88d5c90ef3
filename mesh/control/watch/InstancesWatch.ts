import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { ConsulClient } from '../../consul/index.ts';
import { ConsulWatch, type WatchStatus } from './ConsulWatch.ts';
import { type Instance, type Instances, isUsable } from './Instance.ts';
import { parseInstances } from './parseInstances.ts';

export interface InstancesWatchOptions {
  readonly client: ConsulClient;
  readonly log: Logger;
  readonly service: string;
  /** Which of them, in Consul's filter language. Default: all. */
  readonly filter?: string;
  /** Called when `instances` has changed. */
  changed(): void;
  /** Called after every attempt to ask Consul. */
  readonly asked?: (path: string, error: Error | undefined) => void;
  /** How long instances that all turned critical at once stay in use. Default: 3 s. */
  readonly graceMs?: number;
}

/**
 * Watches the instances of one service.
 *
 * When no usable instance would be left, those that were usable and are still registered stay so for a
 * moment: an agent that restarts calls every instance critical until it has checked it. Callers lose
 * nothing by it, as without an instance their calls would fail just as well.
 */
export class InstancesWatch {
  readonly #options: InstancesWatchOptions;
  readonly #watch: ConsulWatch<Instances>;
  #instances: Instances | undefined;
  #grace: NodeJS.Timeout | undefined;

  constructor(options: InstancesWatchOptions) {
    this.#options = options;
    const { client, log, service, filter, asked } = options;
    const path = `/health/connect/${encodeURIComponent(service)}`;
    this.#watch = new ConsulWatch({
      client,
      log,
      path,
      ...(filter ? { filter } : {}),
      parse: parseInstances,
      accepted: (value, last) => this.#accept(value, last),
      attempted: (error) => asked?.(path, error),
    });
  }

  /** Undefined until Consul has answered. */
  get instances(): Instances | undefined {
    return this.#instances;
  }

  get status(): WatchStatus {
    return this.#watch.status;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#grace);
    await this.#watch.stop();
  }

  #accept(value: Instances, last: Instances | undefined): void {
    if (isDeepStrictEqual(value, last)) return;
    const { log, service, graceMs = 3_000 } = this.#options;
    if (!isDeepStrictEqual(value.complaints, last?.complaints ?? [])) {
      log.warn({ service, complaints: value.complaints }, 'unusable instances');
    }
    const spared = this.#spared(value);
    if (spared.length === 0) {
      clearTimeout(this.#grace);
      this.#grace = undefined;
      this.#use(value);
      return;
    }
    log.warn({ service, graceMs }, 'all instances are critical: the last usable ones stay for now');
    this.#grace ??= setTimeout(() => {
      this.#grace = undefined;
      if (this.#watch.value) this.#use(this.#watch.value);
    }, graceMs).unref();
    this.#use({ ...value, instances: spared });
  }

  /** Instances in use that an answer without any usable one still knows; none when it has one. */
  #spared({ instances }: Instances): Instance[] {
    if (instances.some(isUsable)) return [];
    const isRegistered = (one: Instance) =>
      instances.some(
        ({ id, node, address, port }) =>
          id === one.id && node === one.node && address === one.address && port === one.port,
      );
    return (this.#instances?.instances ?? []).filter((one) => isUsable(one) && isRegistered(one));
  }

  #use(instances: Instances): void {
    if (isDeepStrictEqual(instances, this.#instances)) return;
    this.#instances = instances;
    this.#options.changed();
  }
}
