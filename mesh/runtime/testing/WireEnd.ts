import { Duplex } from 'node:stream';

/** One end of a connection in memory, which keeps what is written together. */
export class WireEnd extends Duplex {
  readonly writes: Buffer[] = [];
  #other: WireEnd | undefined;

  /** Two ends of one connection. */
  static pair(): [WireEnd, WireEnd] {
    const [one, other] = [new WireEnd(), new WireEnd()];
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.writes.push(bytes);
    this.#send(bytes);
    callback();
  }

  override _final(callback: () => void): void {
    this.#send(null);
    callback();
  }

  /** Node's HTTP/2 must not be given bytes while it writes. */
  #send(bytes: Buffer | null): void {
    setImmediate(() => this.#other?.push(bytes));
  }
}
