import type { Counter, Histogram, Meter } from '@opentelemetry/api';

/** Seconds. gRFC A66 gives them, so that services in every language can be read off one chart. */
const LATENCY_BUCKETS = [
  0, 0.000_01, 0.000_05, 0.000_1, 0.000_3, 0.000_6, 0.000_8, 0.001, 0.002, 0.003, 0.004, 0.005,
  0.006, 0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16,
  0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100,
];

/** Rate, errors and duration of calls, under the names of gRFC A66 (gRPC's own OpenTelemetry metrics). */
export class CallMetrics {
  readonly #started: Counter;
  readonly #serverDuration: Histogram;
  readonly #clientDuration: Histogram;

  constructor(meter: Meter) {
    this.#started = meter.createCounter('grpc.server.call.started', {
      unit: '{call}',
      description: 'Calls that have come in',
    });
    this.#serverDuration = duration(
      meter,
      'grpc.server.call.duration',
      'Time from a call coming in to its status going out',
    );
    this.#clientDuration = duration(
      meter,
      'grpc.client.call.duration',
      'Time from making a call to its status, retries included',
    );
  }

  /** @param method Such as "market.v1.AnalyticsService/ListAssets". */
  serverStarted(method: string): void {
    this.#started.add(1, { 'grpc.method': method });
  }

  serverEnded(method: string, status: string, seconds: number): void {
    this.#serverDuration.record(seconds, { 'grpc.method': method, 'grpc.status': status });
  }

  /** @param target Such as "xds:///analytics". */
  clientEnded(method: string, target: string, status: string, seconds: number): void {
    this.#clientDuration.record(seconds, {
      'grpc.method': method,
      'grpc.target': target,
      'grpc.status': status,
    });
  }
}

function duration(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, {
    unit: 's',
    description,
    advice: { explicitBucketBoundaries: LATENCY_BUCKETS },
  });
}
