/** What time it is. Services are given one, so that tests set it. */
export interface Clock {
  /** Now. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
