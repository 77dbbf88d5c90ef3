import type { JetStreamManager, NextMsgRequest, StoredMsg } from '@nats-io/jetstream';

/** Which messages of a stream are read. */
export interface KeyRange {
  readonly stream: string;
  /** That of one key. */
  readonly subject: string;
  /** Holds for the messages up to one of them, and for none behind it. */
  readonly isKnown: (message: StoredMsg) => boolean;
}

/**
 * The messages of a key behind those that are known, in order, each asked for when it is wanted. Ends where the stream does.
 *
 * The first is found by halving, so in some twenty questions of a stream of a million.
 */
export async function* readBehind(
  manager: JetStreamManager,
  { stream, subject, isKnown }: KeyRange,
): AsyncGenerator<StoredMsg, void> {
  const next = (seq: number) => {
    const request: NextMsgRequest & { seq: number } = { seq, next_by_subj: subject };
    return manager.streams.getMessage(stream, request);
  };
  const { state } = await manager.streams.info(stream);
  let from = Math.max(state.first_seq, 1);
  let to = state.last_seq + 1;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const message = await next(middle);
    if (message && isKnown(message)) from = message.seq + 1;
    else to = middle;
  }
  for (;;) {
    const message = await next(from);
    if (!message) return;
    yield message;
    from = message.seq + 1;
  }
}
