import type { Histogram } from '@opentelemetry/api';
import type { ServerEnvironment } from '../server/ServerEnvironment.ts';

/** What all requests that a process serves share. */
export type HttpEnvironment = Pick<
  ServerEnvironment,
  'log' | 'tracing' | 'calls' | 'principals'
> & {
  /** Seconds of requests: OpenTelemetry's `http.server.request.duration`. */
  readonly durations: () => Pick<Histogram, 'record'>;
};
