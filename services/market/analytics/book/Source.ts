/** A sequence of ticks that is known by name. */
export class Source {
  readonly name: string;
  /** Number of the last tick added to the book. */
  applied: number;
  /** Number of the last tick committed. */
  committed: number;
  /** Settles when the last tick added is committed, or will never be. */
  settled: Promise<void> = Promise.resolve();
  /** The call that sends it. */
  sender: Sender | undefined;

  constructor(name: string, committed: number) {
    this.name = name;
    this.applied = committed;
    this.committed = committed;
  }
}

/** Who is told how a source's ticks fare. */
export interface Sender {
  acknowledge(sequence: number): void;
  fail(error: Error): void;
}
