import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReceivedEvent } from '@weft/mesh/events';
import { parseTraceParent } from '@weft/mesh/runtime';
import type { Transaction } from 'kysely';
import type { Log } from '../Log.ts';
import type { Consumer } from './on.ts';

/** An event that is to be handled, wherever it comes from. */
export type HandledEvent = Pick<
  ReceivedEvent,
  'type' | 'key' | 'payload' | 'trace' | 'actor' | 'time'
>;

/** Runs a handler in the trace that the event was written in. @throws what it throws, and for bytes that are no message. */
export async function runHandler<DB>(
  consumer: Consumer<DB>,
  event: HandledEvent,
  transaction: Transaction<DB>,
  log: Log,
): Promise<void> {
  const { type, key, time, actor } = event;
  const parent = parentOf(event.trace);
  const span = trace.getTracer('weft').startSpan(
    `handle ${type}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: { 'messaging.system': 'nats', 'messaging.message.type': type },
    },
    parent,
  );
  try {
    await context.with(trace.setSpan(parent, span), async () => {
      const message = consumer.type.decode(event.payload);
      await consumer.handle(message, { transaction, key, time, actor, log });
    });
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}

function parentOf(traceParent = '') {
  const remote = parseTraceParent(traceParent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}
