/** The source cannot give its ticks, and trying again would not help. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** What whoever lists feeds is told in place of the message. */
  readonly reason: 'FILE_MISSING' | 'SOURCE_UNREADABLE' | 'BARS_SENT_AS_TICKS';

  constructor(message: string, reason: SourceError['reason'] = 'SOURCE_UNREADABLE') {
    super(message);
    this.reason = reason;
  }
}
