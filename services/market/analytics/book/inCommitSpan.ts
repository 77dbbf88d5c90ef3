import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Group } from './Group.ts';

/**
 * Commits a group in a span of the trace of the call that began it; those of other calls are linked.
 *
 * @see https://opentelemetry.io/docs/specs/otel/overview/#links-between-spans
 */
export async function inCommitSpan(group: Group, commit: () => Promise<void>): Promise<void> {
  const [first, ...others] = group.spans;
  if (!first) return commit();
  const span = trace.getTracer('weft').startSpan(
    'commit',
    {
      kind: SpanKind.INTERNAL,
      attributes: { 'weft.ticks': group.ticks },
      links: others.map((other) => ({ context: other.spanContext() })),
    },
    trace.setSpan(ROOT_CONTEXT, first),
  );
  try {
    await context.with(trace.setSpan(ROOT_CONTEXT, span), commit);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}
