import { diag, type Meter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { CallMetrics } from './CallMetrics.ts';
import { CallMetricsProducer } from './CallMetricsProducer.ts';
import { processMetrics } from './processMetrics.ts';
import { processResource } from './processResource.ts';
import type { TelemetryOptions } from './TelemetryOptions.ts';

/** What OpenTelemetry's SDK does for Metrics. */
export class MetricsSdk {
  readonly meter: Meter;
  readonly #provider: MeterProvider;
  readonly #exporter: PrometheusExporter;
  readonly #serializer = new PrometheusSerializer(undefined, false, /^worker$/);

  constructor(options: TelemetryOptions, calls: CallMetrics) {
    const metricProducers = [new CallMetricsProducer(calls)];
    this.#exporter = new PrometheusExporter({ preventServerStart: true, metricProducers });
    const resource = processResource(options);
    this.#provider = new MeterProvider({ resource, readers: [this.#exporter] });
    this.meter = this.#provider.getMeter('weft');
    processMetrics(this.meter);
  }

  /** All metrics in Prometheus' text format. */
  async prometheus(): Promise<string> {
    const { resourceMetrics, errors } = await this.#exporter.collect();
    if (errors.length > 0) diag.error('metrics could not be collected', ...errors);
    return this.#serializer.serialize(resourceMetrics);
  }

  async shutdown(): Promise<void> {
    await this.#provider.shutdown();
  }
}
