import { randomUUIDv7 } from 'node:crypto';
import type { OutgoingMessage } from '../channels/Transport.ts';

/** A message on its way, with what a test does not care for. */
export function outgoingMessage(
  message: Pick<OutgoingMessage, 'recipient'> & Partial<OutgoingMessage>,
): OutgoingMessage {
  return {
    ...{ id: randomUUIDv7(), category: 'account', type: 'test', data: {}, createdAt: new Date(0) },
    ...{ subject: 'Hello', text: '', html: '' },
    ...message,
  };
}
