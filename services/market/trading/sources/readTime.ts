import { MICROS_PER_SECOND, type Micros } from '../../../kit/time.ts';

const DATE = /^(\d{4})-(\d\d)-(\d\d)/;
/** With a space or "T" before it. */
const TIME = /^[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
/** YYYYMMDD, YYYYMMDDhhmm, YYYYMMDDhhmmss: none of them is a number since 1970 that is taken. */
const COMPACT = /^((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?$/;
const EPOCH = /^(\d+)(?:\.(\d{1,9}))?$/;
/** As they count days from 1899-12-30: 1954 to 2119. */
const SPREADSHEET = /^([2-7]\d{4})(?:\.\d+)?$/;
/** 1980-01-01 and 2100-01-01, in seconds. What is beyond is no time but something else that is a number. */
const FIRST_EPOCH = 315_532_800;
const LAST_EPOCH = 4_102_444_800;
/** Seconds, milliseconds, microseconds, nanoseconds: between those years none can be taken for another. */
const DIGITS_OF_FRACTION = [0, 3, 6, 9];

/** How a time is written. The times of a file are all written alike. */
export type TimeForm = 'date' | 'date and time' | 'date, time and zone' | 'number since 1970';

/** A time as it is written. */
export interface WrittenTime {
  readonly form: TimeForm;
  /** What the clock on the wall shows, as if it hung in Greenwich. */
  readonly wallUs: Micros;
  /** The instant; if no zone is named, as if in UTC. */
  readonly us: Micros;
}

/**
 * Reads a time: an ISO 8601 date or date and time, YYYYMMDD, YYYYMMDDhhmm or YYYYMMDDhhmmss, or seconds, milliseconds,
 * microseconds or nanoseconds since the Unix epoch, of the years 1980 to 2099. What is finer than a microsecond is cut off.
 *
 * @returns undefined for any other text.
 */
export function readWrittenTime(text: string): WrittenTime | undefined {
  const compact = COMPACT.exec(text);
  if (compact) return readCompact(compact);
  const date = DATE.exec(text);
  if (!date) return readEpoch(text);
  const dayUs = readDate(Number(date[1]), Number(date[2]), Number(date[3]));
  if (dayUs === undefined) return undefined;
  if (text.length === 10) return { form: 'date', wallUs: dayUs, us: dayUs };
  const time = TIME.exec(text.slice(10));
  const timeUs = time ? readTimeOfDay(time[1], time[2], time[3], time[4]) : undefined;
  const offset = readOffset(time?.[5]);
  if (timeUs === undefined || offset === undefined) return undefined;
  const wallUs = dayUs + timeUs;
  const form = time?.[5] === undefined ? 'date and time' : 'date, time and zone';
  return { form, wallUs, us: wallUs - offset * 60 * MICROS_PER_SECOND };
}

/** The instant that a text names, in UTC unless it names a zone; undefined for a text that is no time. */
export function readTime(text: string): Micros | undefined {
  return readWrittenTime(text)?.us;
}

/** Why a text is no time, in words for who wrote it. */
export function explainTime(text: string): string {
  const days = SPREADSHEET.exec(text);
  if (days) {
    const date = new Date(Date.UTC(1899, 11, 30 + Number(days[1]))).toISOString().slice(0, 10);
    return `may be a spreadsheet's day number of ${date}, and is no time: write dates such as ${date}`;
  }
  if (EPOCH.test(text)) {
    return 'no date such as 20240102, and as a number since 1970 not within 1980 to 2099';
  }
  return 'not a time (ISO 8601, YYYYMMDD, or a number of seconds or milliseconds since 1970)';
}

function readCompact([, year, month, day, ...time]: RegExpExecArray): WrittenTime | undefined {
  const dayUs = readDate(Number(year), Number(month), Number(day));
  const timeUs = readTimeOfDay(time[0] ?? '00', time[1] ?? '00', time[2]);
  if (dayUs === undefined || timeUs === undefined) return undefined;
  const us = dayUs + timeUs;
  return { form: time[0] === undefined ? 'date' : 'date and time', wallUs: us, us };
}

function readDate(year: number, month: number, day: number): Micros | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The 30th of February would be some day of March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() * 1000;
}

/** Since midnight. */
function readTimeOfDay(
  hh: string | undefined,
  mm: string | undefined,
  ss: string | undefined,
  fraction?: string,
): Micros | undefined {
  const [hour, minute, second] = [Number(hh), Number(mm), Number(ss ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + readFraction(fraction);
}

/** Minutes east of Greenwich. */
function readOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 18 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function readEpoch(text: string): WrittenTime | undefined {
  const [, whole = '', fraction = ''] = EPOCH.exec(text) ?? [];
  for (const digits of DIGITS_OF_FRACTION) {
    const seconds = Number(whole.slice(0, whole.length - digits));
    if (whole.length <= digits || seconds < FIRST_EPOCH || seconds >= LAST_EPOCH) continue;
    const rest = `${whole.slice(whole.length - digits)}${fraction}`;
    const us = seconds * MICROS_PER_SECOND + readFraction(rest);
    return { form: 'number since 1970', wallUs: us, us };
  }
  return undefined;
}

/** The first six digits after the point, as millionths. */
function readFraction(digits = ''): number {
  return Number(digits.slice(0, 6).padEnd(6, '0'));
}
