import { MICROS_PER_SECOND, type Micros } from '../../../kit/time.ts';

const DATE = /^(\d{4})-(\d\d)-(\d\d)/;
/** With a space or "T" before it. */
const TIME = /^[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
const EPOCH = /^-?\d+(?:\.(\d{1,9}))?$/;
/** As seconds, this is the year 5138; as milliseconds, 1973. */
const FIRST_MILLISECONDS = 100_000_000_000;
/** As milliseconds, this is the year 5138 again. */
const FIRST_BEYOND = 100_000_000_000_000;

/**
 * Reads an instant: ISO 8601 date or date and time (UTC unless it names a zone), or seconds or milliseconds since
 * the Unix epoch. What is finer than a microsecond is cut off.
 *
 * @returns undefined for any other text.
 */
export function readTime(text: string): Micros | undefined {
  const date = DATE.exec(text);
  if (!date) {
    const epoch = EPOCH.exec(text);
    return epoch ? readEpoch(text, epoch[1]) : undefined;
  }
  const dayUs = readDate(Number(date[1]), Number(date[2]), Number(date[3]));
  if (text.length === 10 || dayUs === undefined) return dayUs;
  const time = TIME.exec(text.slice(10));
  const timeUs = time ? readTimeOfDay(time) : undefined;
  return timeUs === undefined ? undefined : dayUs + timeUs;
}

function readDate(year: number, month: number, day: number): Micros | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The 30th of February would be some day of March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() * 1000;
}

/** Since the midnight in Greenwich of the same date. */
function readTimeOfDay([, hh, mm, ss, fraction, zone]: RegExpExecArray): Micros | undefined {
  const [hour, minute, second] = [Number(hh), Number(mm), Number(ss ?? 0)];
  const offset = readOffset(zone);
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  const seconds = (hour * 60 + minute - offset) * 60 + second;
  return seconds * MICROS_PER_SECOND + readFraction(fraction);
}

/** Minutes east of Greenwich. */
function readOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 18 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function readEpoch(text: string, fraction: string | undefined): Micros | undefined {
  const whole = Number.parseInt(text, 10);
  const magnitude = Math.abs(whole);
  if (magnitude >= FIRST_BEYOND) return undefined;
  const micros = readFraction(fraction) * (text.startsWith('-') ? -1 : 1);
  return magnitude < FIRST_MILLISECONDS
    ? whole * MICROS_PER_SECOND + micros
    : whole * 1000 + Math.trunc(micros / 1000);
}

/** The first six digits after the point, as millionths. */
function readFraction(digits = ''): number {
  return Number(digits.slice(0, 6).padEnd(6, '0'));
}
