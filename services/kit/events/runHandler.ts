import {
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { ReceivedEvent } from '@weft/mesh/events';
import { parseTraceParent } from '@weft/mesh/runtime';
import type { Consumer, HandlerContext } from './on.ts';

/** An event that is to be handled, wherever it comes from. */
export type HandledEvent = Pick<
  ReceivedEvent,
  'type' | 'key' | 'payload' | 'trace' | 'actor' | 'time'
>;

/** Handles what has been prepared. */
export type Handling<DB> = (context: HandlerContext<DB>) => Promise<void>;

/**
 * Does of the handling of some events what comes before the transaction. Those of a consumer without `batch` come one by one, and
 * nothing does.
 *
 * @param events One, or several of a consumer that has `batch`.
 * @throws what the handler throws, as what is answered does; also for bytes that are no message.
 */
export async function prepareHandler<DB>(
  consumer: Consumer<DB>,
  events: readonly HandledEvent[],
): Promise<Handling<DB>> {
  const { batch, type } = consumer;
  if (!batch) {
    return async (given) => {
      for (const event of events) await runOne(consumer, event, given);
    };
  }
  const prepared = await batch.prepare(
    events.map(({ key, time, actor, payload }) => ({
      ...{ key, time, actor, payload },
      decode: () => type.decode(payload),
    })),
  );
  return (given) => runBatch(events, () => batch.handle(prepared, given));
}

/** In the trace that the event was written in. */
async function runOne<DB>(
  { type, handle }: Consumer<DB>,
  event: HandledEvent,
  given: HandlerContext<DB>,
): Promise<void> {
  const { key, time, actor } = event;
  const parent = parentOf(event.trace);
  const span = trace.getTracer('weft').startSpan(`handle ${event.type}`, spanOf(event), parent);
  await within(span, () =>
    context.with(trace.setSpan(parent, span), () =>
      handle(type.decode(event.payload), { ...given, key, time, actor }),
    ),
  );
}

/** In a trace of its own, which is linked to those that the events were written in. */
async function runBatch(events: readonly HandledEvent[], work: () => Promise<void>): Promise<void> {
  const [first] = events;
  if (!first) return;
  const links = events.flatMap(({ trace: parent = '' }) => parseTraceParent(parent) ?? []);
  const span = trace
    .getTracer('weft')
    .startSpan(
      `handle ${first.type}`,
      { ...spanOf(first), links: links.map((linked) => ({ context: linked })) },
      ROOT_CONTEXT,
    );
  span.setAttribute('messaging.batch.message_count', events.length);
  await within(span, () => context.with(trace.setSpan(ROOT_CONTEXT, span), work));
}

function spanOf({ type }: HandledEvent) {
  return {
    kind: SpanKind.CONSUMER,
    attributes: { 'messaging.system': 'nats', 'messaging.message.type': type },
  };
}

async function within(span: Span, work: () => Promise<void>): Promise<void> {
  try {
    await work();
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
