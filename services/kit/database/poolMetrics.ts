import type { Meter } from '@opentelemetry/api';
import type pg from 'pg';

/**
 * Shows at each scrape how a pool's connections are used, under OpenTelemetry's names.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#connection-pools
 */
export function poolMetrics(meter: Meter, pool: pg.Pool, name: string): void {
  const attributes = { 'db.client.connection.pool.name': name };
  meter
    .createObservableUpDownCounter('db.client.connection.count', {
      unit: '{connection}',
      description: 'Connections that are open, by whether somebody uses them',
    })
    .addCallback((result) => {
      const idle = pool.idleCount;
      result.observe(idle, { ...attributes, 'db.client.connection.state': 'idle' });
      result.observe(pool.totalCount - idle, {
        ...attributes,
        'db.client.connection.state': 'used',
      });
    });
  meter
    .createObservableUpDownCounter('db.client.connection.max', {
      unit: '{connection}',
      description: 'Connections that may be open',
    })
    .addCallback((result) => result.observe(pool.options.max, attributes));
  meter
    .createObservableUpDownCounter('db.client.connection.pending_requests', {
      unit: '{request}',
      description: 'Statements and transactions that wait for a connection',
    })
    .addCallback((result) => result.observe(pool.waitingCount, attributes));
}
