import { setTimeout as sleep } from 'node:timers/promises';
import { DiagLogLevel, diag, type Meter, trace } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Logger } from 'pino';
import { CallMetrics } from './CallMetrics.ts';
import { DiagLog } from './DiagLog.ts';
import { processMetrics } from './processMetrics.ts';
import { Tracing } from './Tracing.ts';

/** How long a process that stops waits for its last traces to be taken. */
const FLUSH_MS = 2_000;

export interface TelemetryOptions {
  /** Name of the service in Consul. */
  readonly service: string;
  /** Id of the instance in Consul. */
  readonly serviceId: string;
  readonly version: string;
  /** Where traces go by OTLP over HTTP (protobuf); undefined: they are not recorded, only passed on. */
  readonly otlpEndpoint: string | undefined;
  /** Number of the worker, which is then a label of all its metrics. Default: not a worker. */
  readonly worker?: number;
  /** Told of what telemetry could not do. */
  readonly log: Logger;
}

/** Metrics and traces of one process. What of them fails is in the log, and fails no work. */
export class Telemetry {
  readonly meter: Meter;
  readonly calls: CallMetrics;
  readonly tracing: Tracing;
  readonly #reader: PrometheusExporter;
  readonly #serializer = new PrometheusSerializer(undefined, false, /^worker$/);
  readonly #shutdown: () => Promise<void>;

  private constructor(
    reader: PrometheusExporter,
    meter: Meter,
    calls: CallMetrics,
    tracing: Tracing,
    shutdown: () => Promise<void>,
  ) {
    this.#reader = reader;
    this.meter = meter;
    this.calls = calls;
    this.tracing = tracing;
    this.#shutdown = shutdown;
  }

  static async start(options: TelemetryOptions): Promise<Telemetry> {
    diag.setLogger(new DiagLog(options.log), {
      logLevel: DiagLogLevel.WARN,
      suppressOverrideMessage: true,
    });
    const resource = resourceFromAttributes({
      'service.name': options.service,
      'service.instance.id': options.serviceId,
      'service.version': options.version,
      ...(options.worker === undefined ? {} : { worker: options.worker }),
    });
    const calls = new CallMetrics();
    const reader = new PrometheusExporter({ preventServerStart: true, metricProducers: [calls] });
    const meters = new MeterProvider({ resource, readers: [reader] });
    const meter = meters.getMeter('weft');
    processMetrics(meter);
    if (!options.otlpEndpoint) {
      return new Telemetry(reader, meter, calls, new Tracing(), () => meters.shutdown());
    }
    // Loaded only when asked for: the SDK and its exporter cost tens of milliseconds.
    const [
      { BatchSpanProcessor, NodeTracerProvider },
      { OTLPTraceExporter },
      { ReportingExporter },
    ] = await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('./ReportingExporter.ts'),
    ]);
    const endpoint = `${options.otlpEndpoint.replace(/\/$/, '')}/v1/traces`;
    const exporter = new ReportingExporter({
      exporter: new OTLPTraceExporter({ url: endpoint }),
      endpoint,
      log: options.log,
    });
    const traces = new NodeTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    // For instrumentations and the service's own spans.
    const isGlobal = trace.setGlobalTracerProvider(traces);
    const tracing = new Tracing(traces.getTracer('weft'));
    return new Telemetry(reader, meter, calls, tracing, async () => {
      const flushed = new AbortController();
      const late = sleep(FLUSH_MS, undefined, { signal: flushed.signal });
      // The exporter's own attempts take up to 10 s (OTEL_EXPORTER_OTLP_TIMEOUT).
      await Promise.race([traces.shutdown(), late]).finally(() => flushed.abort());
      exporter.giveUp();
      if (isGlobal) trace.disable();
      await meters.shutdown();
    });
  }

  /** All metrics in Prometheus' text format. */
  async prometheus(): Promise<string> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) diag.error('metrics could not be collected', ...errors);
    return this.#serializer.serialize(resourceMetrics);
  }

  /** Sends what has not been sent, within 2 s. Never fails. */
  async shutdown(): Promise<void> {
    await this.#shutdown().catch((error) => diag.error('telemetry could not be stopped', error));
  }
}
