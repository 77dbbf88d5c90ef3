import type { JsMsg } from '@nats-io/jetstream';
import { EventHeader } from './eventNames.ts';

/** One event as it has come out of a stream. */
export interface ReceivedEvent {
  /** Full name of its message. */
  readonly type: string;
  readonly key: string;
  readonly payload: Uint8Array;
  readonly trace: string | undefined;
  readonly actor: string | undefined;
  /** When it was written. */
  readonly time: Date;
  readonly outbox: string;
  /** In the outbox. */
  readonly position: number;
  /** In the stream. */
  readonly sequence: number;
}

/** @throws Error for a message that no outbox has published. */
export function receivedEvent(message: JsMsg): ReceivedEvent {
  const header = (name: string) => message.headers?.get(name) || undefined;
  const outbox = header(EventHeader.outbox);
  const position = Number(header(EventHeader.position));
  const type = header(EventHeader.type);
  if (!outbox || !type || !Number.isSafeInteger(position)) {
    throw new Error(`message ${message.seq} of ${message.info.stream} is no event`);
  }
  const actor = header(EventHeader.actor);
  return {
    outbox,
    position,
    sequence: message.seq,
    type,
    key: decodeURIComponent(header(EventHeader.key) ?? ''),
    payload: message.data,
    trace: header('traceparent'),
    actor: actor === undefined ? undefined : decodeURIComponent(actor),
    time: new Date(header(EventHeader.time) ?? message.time),
  };
}
