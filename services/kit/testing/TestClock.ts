import type { Clock } from '../Clock.ts';

/** A clock that stands until it is moved. */
export class TestClock implements Clock {
  #now: number;

  constructor(now: Date | string = '2026-01-01T00:00:00Z') {
    this.#now = new Date(now).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  set(now: Date | string): void {
    this.#now = new Date(now).getTime();
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
