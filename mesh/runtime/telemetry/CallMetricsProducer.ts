import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { hrTime, millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type HistogramMetricData,
  type MetricData,
  type MetricProducer,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import type { CallMetrics, CountedCalls, CountedDurations } from './CallMetrics.ts';

/** The time that a metric's points are about. */
interface Interval {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** Hands what CallMetrics has counted to OpenTelemetry, at each scrape. */
export class CallMetricsProducer implements MetricProducer {
  readonly #calls: CallMetrics;

  constructor(calls: CallMetrics) {
    this.#calls = calls;
  }

  async collect(): Promise<CollectionResult> {
    const { since, started, refused, served, made } = this.#calls.counted();
    const interval = { startTime: millisToHrTime(since), endTime: hrTime() };
    const madePoints = [...made].flatMap(([target, durations]) =>
      durationPoints(durations, { 'grpc.target': target }, interval),
    );
    const metrics = [
      startedCounter(started, interval),
      refusedCounter(refused, interval),
      histogram(
        'grpc.server.call.duration',
        'Time from a call coming in to its status going out',
        durationPoints(served, {}, interval),
      ),
      histogram(
        'grpc.client.call.duration',
        'Time from making a call to its status, retries included',
        madePoints,
      ),
    ];
    const scopeMetrics = [{ scope: { name: 'weft' }, metrics }];
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }
}

function startedCounter(started: CountedCalls['started'], interval: Interval): MetricData {
  const points = [...started].map(([method, value]) => ({
    ...interval,
    attributes: { 'grpc.method': method },
    value,
  }));
  return counter('grpc.server.call.started', 'Calls that have come in', points);
}

function refusedCounter(refused: CountedCalls['refused'], interval: Interval): MetricData {
  const points = [...refused].flatMap(([method, reasons]) =>
    [...reasons].map(([reason, value]) => ({
      ...interval,
      attributes: { 'grpc.method': method, reason },
      value,
    })),
  );
  return counter('weft.server.call.refused', 'Calls not served for want of room', points);
}

function durationPoints(
  durations: CountedDurations,
  more: Attributes,
  interval: Interval,
): HistogramMetricData['dataPoints'] {
  return [...durations].flatMap(([method, statuses]) =>
    [...statuses].map(([status, duration]) => ({
      ...interval,
      attributes: { 'grpc.method': method, ...more, 'grpc.status': status },
      value: duration.value(),
    })),
  );
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
