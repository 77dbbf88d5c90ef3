import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type HistogramMetricData,
  type MetricData,
  type MetricProducer,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { DurationHistogram } from './DurationHistogram.ts';

/** By method, then by status. */
type Durations = Map<string, Map<string, DurationHistogram>>;

/** Why a call is not served: its method's limit, or the whole process has too much to do. */
export type Refusal = 'concurrency' | 'overload';

/**
 * Rate, errors and duration of calls, under the names of gRFC A66 (gRPC's own OpenTelemetry metrics).
 *
 * A call costs three look-ups. OpenTelemetry's instruments sort and serialize the attributes at each recording,
 * which was a twentieth of a call's work.
 */
export class CallMetrics implements MetricProducer {
  readonly #since = hrTime();
  readonly #started = new Map<string, number>();
  readonly #served: Durations = new Map();
  readonly #made = new Map<string, Durations>();
  readonly #refused = new Map<string, Map<Refusal, number>>();

  /** @param method Such as "market.v1.AnalyticsService/ListAssets". */
  serverStarted(method: string): void {
    this.#started.set(method, (this.#started.get(method) ?? 0) + 1);
  }

  serverEnded(method: string, status: string, seconds: number): void {
    record(this.#served, method, status, seconds);
  }

  /** A call was not served for want of room. */
  serverRefused(method: string, reason: Refusal): void {
    let reasons = this.#refused.get(method);
    if (!reasons) {
      reasons = new Map();
      this.#refused.set(method, reasons);
    }
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  /** @param target Such as "xds:///analytics". */
  clientEnded(method: string, target: string, status: string, seconds: number): void {
    let durations = this.#made.get(target);
    if (!durations) {
      durations = new Map();
      this.#made.set(target, durations);
    }
    record(durations, method, status, seconds);
  }

  async collect(): Promise<CollectionResult> {
    const made = [...this.#made].flatMap(([target, durations]) =>
      this.#points(durations, { 'grpc.target': target }),
    );
    const metrics = [
      this.#startedData(),
      this.#refusedData(),
      histogram(
        'grpc.server.call.duration',
        'Time from a call coming in to its status going out',
        this.#points(this.#served, {}),
      ),
      histogram(
        'grpc.client.call.duration',
        'Time from making a call to its status, retries included',
        made,
      ),
    ];
    const scopeMetrics = [{ scope: { name: 'weft' }, metrics }];
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }

  #startedData(): MetricData {
    const points = [...this.#started].map(([method, count]) =>
      this.#point({ 'grpc.method': method }, count),
    );
    return counter('grpc.server.call.started', 'Calls that have come in', points);
  }

  #refusedData(): MetricData {
    const points = [...this.#refused].flatMap(([method, reasons]) =>
      [...reasons].map(([reason, count]) => this.#point({ 'grpc.method': method, reason }, count)),
    );
    return counter('weft.server.call.refused', 'Calls not served for want of room', points);
  }

  #points(durations: Durations, more: Attributes): HistogramMetricData['dataPoints'] {
    return [...durations].flatMap(([method, statuses]) =>
      [...statuses].map(([status, duration]) =>
        this.#point({ 'grpc.method': method, ...more, 'grpc.status': status }, duration.value()),
      ),
    );
  }

  #point<Value>(attributes: Attributes, value: Value): DataPoint<Value> {
    const endTime: HrTime = hrTime();
    return { startTime: this.#since, endTime, attributes, value };
  }
}

function record(durations: Durations, method: string, status: string, seconds: number): void {
  let statuses = durations.get(method);
  if (!statuses) {
    statuses = new Map();
    durations.set(method, statuses);
  }
  let duration = statuses.get(status);
  if (!duration) {
    duration = new DurationHistogram();
    statuses.set(status, duration);
  }
  duration.record(seconds);
}

function counter(
  name: string,
  description: string,
  dataPoints: SumMetricData['dataPoints'],
): SumMetricData {
  return {
    descriptor: { name, description, unit: '{call}', valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints,
  };
}

function histogram(
  name: string,
  description: string,
  dataPoints: HistogramMetricData['dataPoints'],
): HistogramMetricData {
  return {
    descriptor: { name, description, unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints,
  };
}
