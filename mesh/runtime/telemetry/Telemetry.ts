import { type Meter, trace } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { CallMetrics } from './CallMetrics.ts';
import { processMetrics } from './processMetrics.ts';
import { Tracing } from './Tracing.ts';

export interface TelemetryOptions {
  /** Name of the service in Consul. */
  readonly service: string;
  /** Id of the instance in Consul. */
  readonly serviceId: string;
  readonly version: string;
  /** Where traces go by OTLP over HTTP; undefined: they are not recorded, only passed on. */
  readonly otlpEndpoint: string | undefined;
  /** Number of the worker, which is then a label of all its metrics. Default: not a worker. */
  readonly worker?: number;
}

/** Metrics and traces of one process. */
export class Telemetry {
  readonly meter: Meter;
  readonly calls: CallMetrics;
  readonly tracing: Tracing;
  readonly #exporter: PrometheusExporter;
  readonly #serializer = new PrometheusSerializer(undefined, false, /^worker$/);
  readonly #shutdown: () => Promise<void>;

  private constructor(
    exporter: PrometheusExporter,
    meter: Meter,
    calls: CallMetrics,
    tracing: Tracing,
    shutdown: () => Promise<void>,
  ) {
    this.#exporter = exporter;
    this.meter = meter;
    this.calls = calls;
    this.tracing = tracing;
    this.#shutdown = shutdown;
  }

  static async start(options: TelemetryOptions): Promise<Telemetry> {
    const resource = resourceFromAttributes({
      'service.name': options.service,
      'service.instance.id': options.serviceId,
      'service.version': options.version,
      ...(options.worker === undefined ? {} : { worker: options.worker }),
    });
    const calls = new CallMetrics();
    const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [calls] });
    const meters = new MeterProvider({ resource, readers: [exporter] });
    const meter = meters.getMeter('weft');
    processMetrics(meter);
    if (!options.otlpEndpoint) {
      return new Telemetry(exporter, meter, calls, new Tracing(), () => meters.shutdown());
    }
    // Loaded only when asked for: the SDK and its exporter cost tens of milliseconds.
    const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }] = await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
    ]);
    const traces = new NodeTracerProvider({
      resource,
      spanProcessors: [
        new BatchSpanProcessor(
          new OTLPTraceExporter({ url: `${options.otlpEndpoint.replace(/\/$/, '')}/v1/traces` }),
        ),
      ],
    });
    // For instrumentations and the service's own spans.
    trace.setGlobalTracerProvider(traces);
    const tracing = new Tracing(traces.getTracer('weft'));
    return new Telemetry(exporter, meter, calls, tracing, async () => {
      await Promise.all([meters.shutdown(), traces.shutdown()]);
    });
  }

  /** All metrics in Prometheus' text format. */
  async prometheus(): Promise<string> {
    const { resourceMetrics } = await this.#exporter.collect();
    return this.#serializer.serialize(resourceMetrics);
  }

  /** Sends what has not been sent. */
  async shutdown(): Promise<void> {
    await this.#shutdown();
  }
}
