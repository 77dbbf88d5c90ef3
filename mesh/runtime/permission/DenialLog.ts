import type { Logger } from 'pino';

/** What is written of a call that was denied. */
export interface DenialLine {
  /** Such as "market.v1.AnalyticsService/ListAssets". */
  readonly method: string;
  /** Name of the caller's service; undefined: its certificate names none. */
  readonly peer: string | undefined;
  readonly spiffeId: string | undefined;
  /** The intention that denies it. */
  readonly rule: string;
  readonly traceId: string | undefined;
}

interface Caller {
  /** Lines that may still be written; grows by one every EVERY_MS. */
  credit: number;
  /** Of performance.now(). */
  countedAt: number;
  /** Denials that have not been written since the last that was. */
  unwritten: number;
}

/** Lines that a caller gets at once, and how often one more. */
const BURST = 5;
const EVERY_MS = 10_000;
/** Callers that are remembered: whoever has more names than these has more lines too. */
const MOST_CALLERS = 1_000;

/**
 * Writes denied calls into the log, a few of each caller: five at once and then one in ten seconds, which says
 * how many were left out. Who calls in vain a thousand times a second neither fills the disk nor hides another.
 */
export class DenialLog {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #callers = new Map<string, Caller>();

  /** @param now Milliseconds that never go back. */
  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  write(line: DenialLine): void {
    const caller = this.#callerOf(line.spiffeId ?? '');
    if (caller.credit < 1) {
      caller.unwritten += 1;
      return;
    }
    caller.credit -= 1;
    const { unwritten } = caller;
    caller.unwritten = 0;
    this.#log.warn(
      { ...line, code: 'PERMISSION_DENIED', ...(unwritten > 0 && { unwritten }) },
      'call denied',
    );
  }

  #callerOf(id: string): Caller {
    const now = this.#now();
    const known = this.#callers.get(id);
    const caller = known ?? { credit: BURST, countedAt: now, unwritten: 0 };
    caller.credit = Math.min(BURST, caller.credit + (now - caller.countedAt) / EVERY_MS);
    caller.countedAt = now;
    // Last in the order in which a map keeps its keys: the first is who has been away for longest.
    this.#callers.delete(id);
    this.#callers.set(id, caller);
    const [oldest] = this.#callers.keys();
    if (this.#callers.size > MOST_CALLERS && oldest !== undefined) this.#callers.delete(oldest);
    return caller;
  }
}
