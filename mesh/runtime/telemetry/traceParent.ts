import { randomFillSync } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import type { SpanContext } from '@opentelemetry/api';
import { parseTraceParent, TraceState } from '@opentelemetry/core';

const PARENT = 'traceparent';
const STATE = 'tracestate';

/** Reads the W3C trace context that came with a call. A header that is malformed counts as absent, as W3C says. */
export function readTraceParent(metadata: Metadata): SpanContext | undefined {
  const [parent] = metadata.get(PARENT);
  const context = typeof parent === 'string' ? parseTraceParent(parent) : null;
  if (!context) return undefined;
  const state = metadata.get(STATE).join(',');
  return {
    ...context,
    isRemote: true,
    ...(state ? { traceState: new TraceState(state) } : {}),
  };
}

/** Writes the W3C trace context of a call that goes out. */
export function writeTraceParent(metadata: Metadata, context: SpanContext): void {
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  metadata.set(PARENT, `00-${context.traceId}-${context.spanId}-${flags}`);
  const state = context.traceState?.serialize();
  if (state) metadata.set(STATE, state);
}

const pool = Buffer.allocUnsafe(4_096);
let used = pool.length;

/** That many random bytes in hexadecimal, as trace ids (16) and span ids (8) are written. */
export function randomHex(bytes: 8 | 16): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
