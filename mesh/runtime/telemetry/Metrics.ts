import { createRequire } from 'node:module';
import type { Meter } from '@opentelemetry/api';
import { CallMetrics } from './CallMetrics.ts';
import type { MetricsSdk } from './MetricsSdk.ts';
import type { TelemetryOptions } from './TelemetryOptions.ts';

const require = createRequire(import.meta.url);

/**
 * The metrics of one process. Calls are counted from the start; OpenTelemetry's SDK, which takes longer to load than all
 * of the runtime, comes with the first scrape or with the first instrument of the service's own.
 */
export class Metrics {
  readonly calls = new CallMetrics();
  readonly #options: TelemetryOptions;
  readonly #observed: ((meter: Meter) => void)[] = [];
  #sdk: MetricsSdk | undefined;

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  /** For instruments that are recorded. */
  get meter(): Meter {
    return this.#loaded().meter;
  }

  /** Makes instruments that are observed, which is at each scrape: before the first, `make` is called. */
  observe(make: (meter: Meter) => void): void {
    if (this.#sdk) make(this.#sdk.meter);
    else this.#observed.push(make);
  }

  /** All metrics in Prometheus' text format. */
  prometheus(): Promise<string> {
    return this.#loaded().prometheus();
  }

  async shutdown(): Promise<void> {
    await this.#sdk?.shutdown();
  }

  #loaded(): MetricsSdk {
    if (this.#sdk) return this.#sdk;
    // By require(), since who asks for the meter cannot wait.
    const { MetricsSdk } = require('./MetricsSdk.ts') as typeof import('./MetricsSdk.ts');
    this.#sdk = new MetricsSdk(this.#options, this.calls);
    for (const make of this.#observed.splice(0)) make(this.#sdk.meter);
    return this.#sdk;
  }
}
