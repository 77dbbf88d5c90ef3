import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import type { WriteLogLinesRequest } from '@weft/proto/logging/v1/intake';
import { Backoff } from '../../retry/Backoff.ts';
import { RpcError } from '../rpc/RpcError.ts';

/** Characters that may wait: some thousand lines. What comes beyond is dropped, and counted. */
const MAX_WAITING = 2 * 1_048_576;
/** Of one batch, unless it is one line. In UTF-8 it is three times as much at most, and a message has 4 MiB. */
const MAX_BATCH = 262_144;
const MAX_LINES = 2_000;
/** Of one line: what is longer is cut off. */
const MAX_LINE = 1_048_576;
/** For lines to come together. */
const GATHER_MS = 200;
const CALL_MS = 10_000;
/** How long a process that stops waits for its last lines to be taken. */
const LAST_MS = 2_000;

/** Sends a batch; resolves when it has been taken. */
export type SendLines = (
  batch: WriteLogLinesRequest,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<unknown>;

/**
 * Brings the lines of a log to the service that keeps them, in the background. It fails nobody and makes nobody wait: what cannot be
 * sent waits, up to a bound, and what is beyond it is dropped and counted. A batch is sent again until it is known to be taken.
 */
export class LogShipper {
  readonly #run = randomUUID();
  readonly #stop = new AbortController();
  #waiting: string[] = [];
  /** In characters. */
  #size = 0;
  /** Place of the first line that waits. */
  #first = 0;
  #dropped = 0;
  /** Of those, how many no batch has told of. */
  #untold = 0;
  #sent = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  /** Lines that have been taken. */
  get sent(): number {
    return this.#sent;
  }

  /** Lines that there was no room for, or that were refused. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line, as a stream of pino's does. */
  write(line: string): void {
    if (this.#closed) return;
    const text = line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line;
    if (this.#size + text.length > MAX_WAITING) {
      this.#drop(1);
      return;
    }
    this.#size += text.length;
    this.#waiting.push(text);
    if (this.#wake) this.#wake();
  }

  /** Begins to send, what has waited until now first. */
  start(send: SendLines): void {
    this.#running ??= this.#ship(send);
  }

  /** Nobody will send: takes no more lines, and forgets those that wait. */
  discard(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#size = 0;
  }

  /** Takes no more lines; resolves when the last are sent, or after 2 s. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    const late = sleep(LAST_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
    await Promise.race([this.#running, late]);
    this.#stop.abort();
    await this.#running;
  }

  async #ship(send: SendLines): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.#waiting.length === 0) {
        if (this.#closed) return;
        await this.#line();
        if (!this.#closed) await sleep(GATHER_MS, undefined, { ref: false });
        continue;
      }
      const lines = this.#take();
      const request = { run: this.#run, firstSequence: this.#first, lines, dropped: this.#untold };
      this.#untold = 0;
      this.#first += lines.length;
      if (await this.#insist(send, request)) this.#sent += lines.length;
      else if (!signal.aborted) this.#drop(lines.length);
    }
  }

  /** Sends a batch until it is taken. @returns false when it is refused for good, or the process ends. */
  async #insist(send: SendLines, request: WriteLogLinesRequest): Promise<boolean> {
    const { signal } = this.#stop;
    const backoff = new Backoff({ firstMs: 500, longestMs: 10_000, isSpread: true });
    while (!signal.aborted) {
      try {
        await send(request, { timeoutMs: CALL_MS, signal });
        return true;
      } catch (error) {
        // Nobody is told by the log, whose lines would come here again: /metrics has the numbers.
        if (error instanceof RpcError && error.code === Status.INVALID_ARGUMENT) return false;
        await backoff.pause(signal).over;
      }
    }
    return false;
  }

  #take(): string[] {
    let [count, size] = [0, 0];
    for (const { length } of this.#waiting) {
      if (count === MAX_LINES || (count > 0 && size + length > MAX_BATCH)) break;
      count += 1;
      size += length;
    }
    this.#size -= size;
    return this.#waiting.splice(0, count);
  }

  /** Resolves with the next line, or the end. */
  async #line(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }
}
