import { Cron } from 'croner';
import type { AnySaga, Saga } from './saga.ts';

/** What a saga that a schedule starts is given. */
export interface ScheduledTime {
  /** The time that it is started for, which may be a while ago. */
  readonly time: Date;
}

export interface ScheduleOptions {
  /** IANA name of the zone that the pattern speaks of, such as "Europe/Berlin". Default "UTC". */
  readonly zone?: string;
  /**
   * Which of the times that have passed while no instance ran are made up for: the last one, all of them one after the
   * other, or none. Default: 'last'.
   */
  readonly missed?: 'last' | 'all' | 'none';
}

/** When a saga is started, again and again. */
export interface Schedule<DB> extends Required<ScheduleOptions> {
  readonly saga: AnySaga<DB>;
  /** The first time after another one; undefined: there is none any more. */
  next(after: Date): Date | undefined;
}

/**
 * Starts a saga at the times of a cron pattern, once however many instances there are: `schedules: [every('0 3 * * *',
 * tidyUp, { zone: 'Europe/Berlin' })]` in a definition. A saga has one schedule at most.
 *
 * A time that a change to summer time leaves out is made up for right after it; one that comes twice counts the first time.
 * Patterns of hours or minutes go on through both.
 *
 * @param pattern Of five parts: minute, hour, day of the month, month, day of the week.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html
 * @throws TypeError for a pattern or a zone that is none.
 */
export function every<DB>(
  pattern: string,
  saga: Saga<ScheduledTime, unknown, DB>,
  { zone = 'UTC', missed = 'last' }: ScheduleOptions = {},
): Schedule<DB> {
  try {
    const cron = new Cron(pattern, { timezone: zone, mode: '5-part', paused: true });
    cron.nextRun();
    return { saga, zone, missed, next: (after) => cron.nextRun(after) ?? undefined };
  } catch (cause) {
    const message = `schedule of ${saga.name}: "${pattern}" in ${zone} is no time`;
    throw new TypeError(`${message}: ${(cause as Error).message}`, { cause });
  }
}
