import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

/** What one looks at first when a process is slow or grows, under OpenTelemetry's names; read when scraped. */
export function processMetrics(meter: Meter): void {
  meter
    .createObservableGauge('process.memory.usage', {
      unit: 'By',
      description: 'Physical memory in use',
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));

  meter
    .createObservableCounter('process.cpu.time', {
      unit: 's',
      description: 'Processor time used, in user and system mode',
    })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / 1e6, { 'cpu.mode': 'user' });
      result.observe(system / 1e6, { 'cpu.mode': 'system' });
    });

  let before: EventLoopUtilization | undefined;
  meter
    .createObservableGauge('nodejs.eventloop.utilization', {
      unit: '1',
      description: 'Share of the time since the last scrape that the event loop was busy',
    })
    .addCallback((result) => {
      const now = performance.eventLoopUtilization();
      const since = before ? performance.eventLoopUtilization(now, before) : now;
      result.observe(since.utilization);
      before = now;
    });
}
