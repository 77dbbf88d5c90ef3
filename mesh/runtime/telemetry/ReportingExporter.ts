import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from 'pino';

/** How often a collector that takes nothing is spoken of. */
const REPORT_EVERY_MS = 60_000;

export interface ReportingExporterOptions {
  /** Sends the spans. */
  readonly exporter: SpanExporter;
  /** Where to, for the log. */
  readonly endpoint: string;
  readonly log: Logger;
}

/**
 * Sends spans by another exporter, and says in the log what is lost and when that ends. Its own caller is told of no
 * failure: there is nobody who could do more about it.
 */
export class ReportingExporter implements SpanExporter {
  readonly #options: ReportingExporterOptions;
  /** Spans handed over of which nothing has been heard. */
  #pending = 0;
  /** Spans lost since the collector took some. */
  #lost = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReportingExporterOptions) {
    this.#options = options;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#pending += spans.length;
    const settle = ({ code, error }: ExportResult) => {
      this.#pending -= spans.length;
      if (code === ExportResultCode.SUCCESS) this.#sent();
      else this.#failed(spans.length, error);
      done({ code: ExportResultCode.SUCCESS });
    };
    try {
      this.#options.exporter.export(spans, settle);
    } catch (error) {
      settle({ code: ExportResultCode.FAILED, error: error as Error });
    }
  }

  async forceFlush(): Promise<void> {
    await this.#options.exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#options.exporter.shutdown();
  }

  /** Says how many spans are lost because the process does not wait for them any longer. */
  giveUp(): void {
    const { endpoint, log } = this.#options;
    if (this.#pending === 0) return;
    log.warn({ endpoint, lost: this.#pending }, 'the last traces could not be sent in time');
  }

  #sent(): void {
    const { endpoint, log } = this.#options;
    if (this.#lost > 0) log.info({ endpoint, lost: this.#lost }, 'traces are sent again');
    this.#lost = 0;
    this.#reportedAt = Number.NEGATIVE_INFINITY;
  }

  #failed(count: number, err: Error | undefined): void {
    const { endpoint, log } = this.#options;
    this.#lost += count;
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt = now;
    log.warn({ endpoint, lost: this.#lost, err }, 'traces cannot be sent');
  }
}
