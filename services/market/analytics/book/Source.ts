import { RpcError, Status } from '@weft/mesh/runtime';

/** Who is told how a source's ticks fare. */
export interface Sender {
  acknowledge(sequence: number): void;
  fail(error: Error): void;
}

/** A sequence of ticks that is known by name: how far it has come, and the one call that sends it. */
export class Source {
  readonly name: string;
  #applied: number;
  #committed: number;
  #settled: Promise<void> = Promise.resolve();
  #sender: Sender | undefined;

  /** @param committed Number of the last tick that the database holds; 0: none. */
  constructor(name: string, committed: number) {
    this.name = name;
    this.#applied = committed;
    this.#committed = committed;
  }

  /** Number of the last tick applied to the book. */
  get applied(): number {
    return this.#applied;
  }

  /** Number of the last tick committed. */
  get committed(): number {
    return this.#committed;
  }

  /** Settles when the last tick applied is committed, or will never be. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Makes this the call that sends the source; the one before it is ABORTED. The new one learns where to go on. */
  attach(sender: Sender): void {
    this.fail(new RpcError(Status.ABORTED, `another call has begun to send source ${this.name}`));
    this.#sender = sender;
    sender.acknowledge(this.#committed);
  }

  /** The call has ended. Harmless when another has taken its place. */
  detach(sender: Sender): void {
    if (this.#sender === sender) this.#sender = undefined;
  }

  isSentBy(sender: Sender): boolean {
    return this.#sender === sender;
  }

  /** Ticks up to this number are in the book, and will be committed when `committed` says so. */
  markApplied(sequence: number, committed: Promise<void>): void {
    this.#applied = sequence;
    this.#settled = committed;
  }

  /** Ticks up to this number are committed: the sender is told. */
  markCommitted(sequence: number): void {
    this.#committed = sequence;
    this.#sender?.acknowledge(sequence);
  }

  /** Ends the call that sends it. */
  fail(error: Error): void {
    this.#sender?.fail(error);
  }
}
