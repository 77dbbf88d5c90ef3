/** A notification has come to its end before any channel was asked. */
export class EndedError extends Error {
  override readonly name = 'EndedError';
  readonly state: 'SUPPRESSED' | 'EXPIRED' | 'FAILED';
  /** In UPPER_SNAKE_CASE, such as "USER_GONE". */
  readonly reason: string;

  constructor(state: EndedError['state'], reason: string, message: string) {
    super(message);
    this.state = state;
    this.reason = reason;
  }
}
