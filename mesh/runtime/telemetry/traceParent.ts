import { randomBytes } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import {
  createTraceState,
  INVALID_SPANID,
  INVALID_TRACEID,
  type SpanContext,
} from '@opentelemetry/api';

const PARENT = 'traceparent';
const STATE = 'tracestate';
/** Later versions may add fields after these four. */
const FORMAT =
  /^(?:00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)$/;

/** Reads the W3C trace context that came with a call. A header that is malformed counts as absent, as W3C says. */
export function readTraceParent(metadata: Metadata): SpanContext | undefined {
  const [parent] = metadata.get(PARENT);
  const context = typeof parent === 'string' ? parseTraceParent(parent) : undefined;
  const state = context && metadata.get(STATE).join(',');
  return state ? { ...context, traceState: createTraceState(state) } : context;
}

/** Reads the text of a `traceparent`. One that is malformed counts as none. */
export function parseTraceParent(parent: string): SpanContext | undefined {
  if (!FORMAT.test(parent)) return undefined;
  const context = {
    traceId: parent.slice(3, 35),
    spanId: parent.slice(36, 52),
    traceFlags: Number.parseInt(parent.slice(53, 55), 16),
    isRemote: true,
  };
  if (context.traceId === INVALID_TRACEID || context.spanId === INVALID_SPANID) return undefined;
  return context;
}

/** The text of a `traceparent`. */
export function formatTraceParent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Writes the W3C trace context of a call that goes out into its headers, in place of what they may say of one. */
export function traceHeaders(headers: Record<string, unknown>, context: SpanContext): void {
  headers[PARENT] = formatTraceParent(context);
  const state = context.traceState?.serialize();
  if (state) headers[STATE] = state;
}

/** Asking Node for random bytes costs more than a call can spare: these last for a hundred calls and more. */
let pool = '';
let used = 0;

/** That many random bytes in hexadecimal, as trace ids (16) and span ids (8) are written. */
export function randomHex(bytes: 8 | 16): string {
  const length = bytes * 2;
  if (used + length > pool.length) {
    pool = randomBytes(4_096).toString('hex');
    used = 0;
  }
  used += length;
  return pool.slice(used - length, used);
}
