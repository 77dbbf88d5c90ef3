import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { LogEvent } from 'kysely';

/**
 * Makes each statement a span of the trace that it was run in, with its text and without its parameters. Where nothing
 * records spans it does nothing.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/postgresql/
 */
export function traceQueries(event: LogEvent): void {
  if (!trace.getActiveSpan()?.isRecording()) return;
  const endTime = Date.now();
  const { sql } = event.query;
  const [operation = 'query'] = sql.trimStart().split(/\s/, 1);
  const span = trace.getTracer('weft').startSpan(`postgresql ${operation}`, {
    kind: SpanKind.CLIENT,
    startTime: endTime - event.queryDurationMillis,
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      'db.query.text': sql,
    },
  });
  if (event.level === 'error') {
    const { error } = event;
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    if (error instanceof Error && 'code' in error) {
      span.setAttribute('db.response.status_code', String(error.code));
    }
  }
  span.end(endTime);
}
