/** What a stream ends with that fails: the last that it tells. */
export class StreamEnd {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}
