import { MICROS_PER_DAY, type Micros } from '../../../kit/time.ts';

/** A week of UTC from Monday on, which is what a partition holds. */
export interface Week {
  readonly startUs: Micros;
  /** Exclusive. */
  readonly endUs: Micros;
  /** By its Monday, such as "w20260105". */
  readonly name: string;
}

export const MICROS_PER_WEEK: Micros = 7 * MICROS_PER_DAY;
/** 1970-01-05. */
const FIRST_MONDAY_US = 4 * MICROS_PER_DAY;

/** The week that holds an instant. */
export function weekOf(us: Micros): Week {
  const startUs =
    Math.floor((us - FIRST_MONDAY_US) / MICROS_PER_WEEK) * MICROS_PER_WEEK + FIRST_MONDAY_US;
  const monday = new Date(startUs / 1_000).toISOString().slice(0, 10);
  return { startUs, endUs: startUs + MICROS_PER_WEEK, name: `w${monday.replaceAll('-', '')}` };
}

/** The week of such a name; undefined for what is none. */
export function weekNamed(name: string): Week | undefined {
  const [, year, month, day] = /^w(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  if (!day) return undefined;
  return weekOf(Date.parse(`${year}-${month}-${day}T00:00:00Z`) * 1_000);
}
