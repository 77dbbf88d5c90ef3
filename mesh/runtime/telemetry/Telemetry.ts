import { setTimeout as sleep } from 'node:timers/promises';
import { DiagLogLevel, diag, type Meter, trace } from '@opentelemetry/api';
import type { OtlpProtocol } from '../config/MeshConfig.ts';
import type { CallMetrics } from './CallMetrics.ts';
import { DiagLog } from './DiagLog.ts';
import { Metrics } from './Metrics.ts';
import type { ReportingExporterOptions } from './ReportingExporter.ts';
import type { TelemetryOptions } from './TelemetryOptions.ts';
import { Tracing } from './Tracing.ts';

/** How long a process that stops waits for its last traces to be taken. */
const FLUSH_MS = 2_000;

/** Metrics and traces of one process. What of them fails is in the log, and fails no work. */
export class Telemetry {
  readonly tracing: Tracing;
  readonly #metrics: Metrics;
  readonly #shutdown: () => Promise<void>;

  private constructor(metrics: Metrics, tracing: Tracing, shutdown: () => Promise<void>) {
    this.#metrics = metrics;
    this.tracing = tracing;
    this.#shutdown = shutdown;
  }

  static async start(options: TelemetryOptions): Promise<Telemetry> {
    diag.setLogger(new DiagLog(options.log), {
      logLevel: DiagLogLevel.WARN,
      suppressOverrideMessage: true,
    });
    const metrics = new Metrics(options);
    if (!options.otlpEndpoint) {
      return new Telemetry(metrics, new Tracing(), () => metrics.shutdown());
    }
    // Loaded only when asked for: the SDK and its exporter cost tens of milliseconds.
    const [
      { BatchSpanProcessor, NodeTracerProvider },
      otlp,
      { ReportingExporter },
      { processResource },
    ] = await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      otlpExporter(options.otlpEndpoint, options.otlpProtocol),
      import('./ReportingExporter.ts'),
      import('./processResource.ts'),
    ]);
    const exporter = new ReportingExporter({ ...otlp, log: options.log });
    const traces = new NodeTracerProvider({
      resource: processResource(options),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    // For instrumentations and the service's own spans.
    const isGlobal = trace.setGlobalTracerProvider(traces);
    const tracing = new Tracing(traces.getTracer('weft'));
    return new Telemetry(metrics, tracing, async () => {
      const flushed = new AbortController();
      const late = sleep(FLUSH_MS, undefined, { signal: flushed.signal });
      // The exporter's own attempts take up to 10 s (OTEL_EXPORTER_OTLP_TIMEOUT).
      await Promise.race([traces.shutdown(), late]).finally(() => flushed.abort());
      exporter.giveUp();
      if (isGlobal) trace.disable();
      await metrics.shutdown();
    });
  }

  /** Counts calls. */
  get calls(): CallMetrics {
    return this.#metrics.calls;
  }

  /** For instruments that are recorded. The first that asks for it waits until OpenTelemetry's SDK is loaded. */
  get meter(): Meter {
    return this.#metrics.meter;
  }

  /** Makes instruments that are observed, which is at each scrape: before the first, `make` is called. */
  observe(make: (meter: Meter) => void): void {
    this.#metrics.observe(make);
  }

  /** All metrics in Prometheus' text format. */
  prometheus(): Promise<string> {
    return this.#metrics.prometheus();
  }

  /** Sends what has not been sent, within 2 s. Never fails. */
  async shutdown(): Promise<void> {
    await this.#shutdown().catch((error) => diag.error('telemetry could not be stopped', error));
  }
}

/** What sends spans by OTLP, and where to. */
async function otlpExporter(
  endpoint: string,
  protocol: OtlpProtocol = 'http/protobuf',
): Promise<Pick<ReportingExporterOptions, 'exporter' | 'endpoint'>> {
  if (protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    return { exporter: new OTLPTraceExporter({ url: endpoint }), endpoint };
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  return { exporter: new OTLPTraceExporter({ url }), endpoint: url };
}
