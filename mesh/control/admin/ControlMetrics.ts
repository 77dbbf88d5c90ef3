import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Counter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { AdsStream } from '../xds/AdsStream.ts';
import type { ResourceType } from '../xds/ResourceType.ts';

export interface MetricSources {
  readonly watcher: { readonly status: readonly { readonly failures: number }[] };
  readonly resources: { readonly size: number };
  readonly ads: { readonly streams: readonly AdsStream[] };
}

/** The control plane's own figures, in Prometheus' text format. */
export class ControlMetrics {
  readonly #exporter = new PrometheusExporter({
    preventServerStart: true,
    withoutTargetInfo: true,
    withoutScopeInfo: true,
  });
  readonly #provider = new MeterProvider({ readers: [this.#exporter] });
  readonly #responses: Counter;
  readonly #queries: Counter;

  constructor(sources: MetricSources) {
    const meter = this.#provider.getMeter('weft.control');
    this.#responses = meter.createCounter('weft_control_responses', {
      description: 'xDS responses by type and event: sent, ack, nack',
    });
    this.#queries = meter.createCounter('weft_control_consul_answers', {
      description: 'Answers of Consul by outcome: good, bad (none, or unusable)',
    });
    meter
      .createObservableGauge('weft_control_streams', { description: 'Connected xDS clients' })
      .addCallback((gauge) => gauge.observe(sources.ads.streams.length));
    meter
      .createObservableGauge('weft_control_resources', { description: 'Resources kept' })
      .addCallback((gauge) => gauge.observe(sources.resources.size));
    meter
      .createObservableGauge('weft_control_watches', {
        description: 'Queries kept open at Consul, by whether the last attempt failed',
      })
      .addCallback((gauge) => {
        const all = sources.watcher.status;
        const failing = all.filter(({ failures }) => failures > 0).length;
        gauge.observe(all.length - failing, { state: 'good' });
        gauge.observe(failing, { state: 'failing' });
      });
  }

  /** Counts a response that was sent, or the client's verdict on it. */
  observed(type: ResourceType, event: 'sent' | 'ack' | 'nack'): void {
    this.#responses.add(1, { type, event });
  }

  /** Counts an answer of Consul. Services share one label: there may be thousands. */
  asked(path: string, error: Error | undefined): void {
    const question = path.startsWith('/health/') ? '/health/connect' : path;
    this.#queries.add(1, { question, outcome: error ? 'bad' : 'good' });
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#exporter.getMetricsRequestHandler(request, response);
  }

  async stop(): Promise<void> {
    await this.#provider.shutdown();
  }
}
