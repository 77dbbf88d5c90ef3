import { performance as nodePerformance } from 'node:perf_hooks';
import type { Logger } from 'pino';

/** How often the event loop is looked at while calls come in, in milliseconds. */
const INTERVAL_MS = 10;

/** A turn of the event loop that ends within this time, in milliseconds, found little piled up. */
const ON_TIME_MS = 25;

/** A loop that has not been on time for so long, in milliseconds, has more to do than it can; less is a hiccup. */
const STANDING_MS = 500;

/** Several turns in a row: a single long one is a pause, as for garbage, and not a load. */
const STANDING_TURNS = 3;

/** Calls that there is room for in a turn, whatever the process has shown: few enough to do no harm. */
const LEAST_ROOM = 16;

/** How long calls are counted, in milliseconds, for one sample of how many the process can serve. */
const SAMPLE_MS = 100;

/** What a sample weighs beside those before it. */
const SAMPLE_WEIGHT = 0.3;

/** More is let in than was served, for there may be more room than was used: the turns' budget takes it back. */
const MORE = 1.2;

/** Less is let in than was served, for turns to become shorter. */
const LESS = 0.8;

/** Without a refusal for so long, in milliseconds, the overload is over. */
const CALM_MS = 1_000;

/** The event loop, as far as a load shedder sees it. */
export interface EventLoop {
  /** Milliseconds since some moment. */
  now(): number;
  /** Milliseconds that the loop has been busy. */
  activeMs(): number;
  /** Calls back after some time, in milliseconds; what keeps no process alive. One at a time. */
  after(milliseconds: number, callback: () => void): void;
  /** Calls back when the present turn is over. */
  nextTurn(callback: () => void): void;
}

export interface LoadShedderOptions {
  /** How many calls have ended since the process began, served or not. */
  readonly ended: () => number;
  /**
   * How long a turn of the event loop may last under overload before further calls are refused, in milliseconds.
   * About what an accepted call waits. 0: never refuse.
   */
  readonly turnMs: number;
  readonly log: Logger;
  /** Default: the process's own. */
  readonly loop?: EventLoop;
}

/**
 * Decides which calls an overloaded process refuses. Its measure is the event loop: what is slow there is slow for
 * every call. A loop on time means room. One that has been late for half a second gets two bounds: calls that come
 * after a turn's budget is spent are refused, and so are calls beyond what the process has shown that it can serve,
 * which is what holds back calls whose work comes later. So the time goes into calls that are served, and none of them
 * waits much longer than two turns.
 *
 * The idea is CoDel's (RFC 8289): the standing queue counts, not the burst. Nothing has to be told about the service.
 * An idle process pays nothing; a call pays a look at the clock.
 */
export class LoadShedder {
  readonly #turnMs: number;
  readonly #log: Logger;
  readonly #loop: EventLoop;
  #watching = false;
  #calls = false;
  /** When the present turn began, as far as is known. */
  #turnStart = 0;
  #onTimeAt = 0;
  #lateTurns = 0;
  #overloaded = false;
  #refusedAt = 0;
  #refused = 0;
  /** How many calls there is room for. */
  #room = 0;
  readonly #ended: () => number;
  /** Calls that the process can serve in a millisecond, as it has shown. */
  #rate = 0;
  #sampledEnded = 0;
  #sampledActive = 0;
  readonly #afterInterval = (): void => this.#turned(INTERVAL_MS);
  readonly #afterTurn = (): void => this.#turned(0);

  constructor({ turnMs, log, ended, loop = ownLoop() }: LoadShedderOptions) {
    this.#turnMs = turnMs;
    this.#log = log;
    this.#loop = loop;
    this.#ended = ended;
  }

  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** A call has come in: whether to refuse it. */
  refuses(): boolean {
    if (this.#turnMs === 0) return false;
    const now = this.#loop.now();
    this.#calls = true;
    if (!this.#watching) this.#watch(now);
    if (!this.#overloaded) return false;
    if (now - this.#turnStart <= this.#turnMs && this.#room >= 1) {
      this.#room -= 1;
      return false;
    }
    this.#refusedAt = now;
    this.#refused += 1;
    return true;
  }

  #watch(now: number): void {
    this.#watching = true;
    this.#turnStart = now;
    this.#onTimeAt = now;
    this.#lateTurns = 0;
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#loop.after(INTERVAL_MS, this.#afterInterval);
  }

  /** The loop has come round, `expectedMs` after the last time if nothing has held it up. */
  #turned(expectedMs: number): void {
    const now = this.#loop.now();
    const turnMs = now - this.#turnStart;
    const lateMs = turnMs - expectedMs;
    this.#turnStart = now;
    if (lateMs <= ON_TIME_MS) {
      this.#onTimeAt = now;
      this.#lateTurns = 0;
    } else {
      this.#lateTurns += 1;
    }
    this.#sample();
    this.#judge(now);
    this.#makeRoom(turnMs, lateMs);
    // Under overload each turn counts, and a late loop has no time to sleep anyway.
    if (this.#overloaded && lateMs > ON_TIME_MS) this.#loop.nextTurn(this.#afterTurn);
    else if (this.#overloaded || this.#calls) this.#lookAgain();
    else this.#watching = false;
    this.#calls = false;
  }

  /** Learns how many calls the process serves while it is busy. */
  #sample(): void {
    const active = this.#loop.activeMs();
    const activeMs = active - this.#sampledActive;
    if (activeMs < SAMPLE_MS) return;
    const ended = this.#ended();
    const rate = (ended - this.#sampledEnded) / activeMs;
    this.#rate += (this.#rate === 0 ? 1 : SAMPLE_WEIGHT) * (rate - this.#rate);
    this.#sampledActive = active;
    this.#sampledEnded = ended;
  }

  /** Calls whose work comes later do not lengthen the turn they come in: as many are let in as are served. */
  #makeRoom(turnMs: number, lateMs: number): void {
    const most = (this.#rate * this.#turnMs) / 2;
    const share = lateMs > this.#turnMs ? LESS : MORE;
    this.#room = Math.min(most, this.#room + this.#rate * share * turnMs);
    // Beyond twice the budget, so much has been let in that the rest has to wait.
    if (this.#room < LEAST_ROOM || lateMs > 2 * this.#turnMs) this.#room = LEAST_ROOM;
  }

  #judge(now: number): void {
    if (this.#overloaded) {
      if (now - this.#refusedAt < CALM_MS) return;
      this.#overloaded = false;
      this.#onTimeAt = now;
      this.#lateTurns = 0;
      this.#log.info({ refused: this.#refused }, 'no longer overloaded');
    } else if (now - this.#onTimeAt > STANDING_MS && this.#lateTurns >= STANDING_TURNS) {
      this.#overloaded = true;
      this.#refusedAt = now;
      this.#refused = 0;
      this.#log.warn({ lateMs: Math.round(now - this.#onTimeAt) }, 'overloaded: refusing calls');
    }
  }
}

function ownLoop(): EventLoop {
  let timer: NodeJS.Timeout | undefined;
  return {
    now: () => performance.now(),
    activeMs: () => nodePerformance.eventLoopUtilization().active,
    after(milliseconds, callback) {
      // The same timer again and again: that is cheaper than a new one each time.
      if (timer) timer.refresh();
      else timer = setTimeout(callback, milliseconds).unref();
    },
    nextTurn: (callback) => setImmediate(callback),
  };
}
