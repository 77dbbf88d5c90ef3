import type { RenderedMessage } from '../templates/renderMessage.ts';

/** A message on its way to one recipient. */
export interface OutgoingMessage extends RenderedMessage {
  /** The same each time that it is tried, so that what receives it can tell. */
  readonly id: string;
  readonly category: string;
  /** What it tells of, such as the subject of its event. */
  readonly type: string;
  /** What its event says. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  /** In the channel's own form, such as a mail address. */
  readonly recipient: string;
}

/** What hands messages over to the other side of a channel. */
export interface Transport {
  /**
   * @returns what the other side has answered.
   * @throws RejectedError when it will never take it; any other error when it may later.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<string>;
  close?(): Promise<void>;
}

/** The other side will never take the message. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
  /** In UPPER_SNAKE_CASE, such as "RECIPIENT_REFUSED". */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The other side has said when it may be asked again. */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}
