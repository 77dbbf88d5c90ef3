import type { DiagLogger } from '@opentelemetry/api';
import type { Logger } from 'pino';

const REPORT_EVERY_MS = 60_000;

/**
 * What OpenTelemetry complains of, such as spans that it drops because too many wait, a setting in `OTEL_*` that it
 * cannot read or a metric whose callback throws, in our log: one line a minute, with the number of those in between.
 * Without it, it complains to nobody.
 *
 * @see https://opentelemetry.io/docs/languages/js/diagnostics/
 */
export class DiagLog implements DiagLogger {
  readonly #log: Logger;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  error(message: string, ...details: unknown[]): void {
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_EVERY_MS) {
      this.#untold += 1;
      return;
    }
    this.#reportedAt = now;
    const untold = this.#untold;
    this.#untold = 0;
    this.#log.warn(
      { message, details: details.map(String), ...(untold ? { untold } : {}) },
      'OpenTelemetry complains',
    );
  }

  warn(message: string, ...details: unknown[]): void {
    this.error(message, ...details);
  }

  info(): void {}
  debug(): void {}
  verbose(): void {}
}
