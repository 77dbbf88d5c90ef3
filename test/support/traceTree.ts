import type { CollectedSpan } from './OtlpCollector.ts';

/** A span and those that name it as their parent. */
export interface TraceNode {
  readonly span: CollectedSpan;
  readonly children: readonly TraceNode[];
}

/** The trees of a trace: one, unless a span's parent has not been sent. Children are sorted by name. */
export function traceTrees(spans: readonly CollectedSpan[], traceId: string): TraceNode[] {
  const own = spans.filter((span) => span.traceId === traceId);
  const known = new Set(own.map(({ spanId }) => spanId));
  const below = (parent: string): TraceNode[] =>
    own
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((span) => ({ span, children: below(span.spanId) }));
  return own
    .filter(({ parentSpanId }) => !known.has(parentSpanId))
    .map((span) => ({ span, children: below(span.spanId) }));
}

/** A tree in lines such as "analytics SERVER market.v1.AnalyticsService/ListAssets", children two spaces further in. */
export function describeTree({ span, children }: TraceNode, indent = ''): string[] {
  return [
    `${indent}${span.service} ${span.kind} ${span.name}`,
    ...children.flatMap((child) => describeTree(child, `${indent}  `)),
  ];
}
