import type { OptionKind } from './blackScholes.ts';

/** A listed option by what its symbol says. */
export interface OptionSeries {
  /** Of one to six capital letters and digits, such as "SPXW". */
  readonly root: string;
  /** Day of expiry, as "2026-12-18"; from 2000 to 2099. */
  readonly expiry: string;
  readonly kind: OptionKind;
  /** From 0.001 to 99999.999, in steps of 0.001. */
  readonly strike: number;
}

const ROOT = /^[A-Z0-9]{1,6}$/;
const EXPIRY = /^20(\d\d)-(\d\d)-(\d\d)$/;
const SYMBOL = /^(?=.{6}\d{6})([A-Z0-9]{1,6}) *(\d\d)(\d\d)(\d\d)([CP])(\d{8})$/;
const LARGEST_STRIKE = 99_999_999;
const QUOTED = 40;

/**
 * The symbol of the Options Clearing Corporation, such as "SPXW  261218C06850000": the root, padded to six characters, day
 * of expiry, call or put, and the strike in thousandths with eight digits.
 *
 * @throws RangeError for what has no symbol, in words for whoever asked for it.
 * @see https://en.wikipedia.org/wiki/Option_symbol#The_OCC_Option_Symbol
 */
export function occSymbol({ root, expiry, kind, strike }: OptionSeries): string {
  if (!ROOT.test(root)) throw refusal(root, 'is no root: one to six capital letters and digits');
  const [, year = '', month = '', day = ''] = EXPIRY.exec(expiry) ?? [];
  if (!isDay(year, month, day)) throw refusal(expiry, 'is no day of the years 2000 to 2099');
  const thousandths = Math.round(strike * 1000);
  // A strike such as 4.35 is no double, and times 1000 no whole number.
  const isListed = Math.abs(strike * 1000 - thousandths) <= 1e-6;
  if (!isListed || thousandths < 1 || thousandths > LARGEST_STRIKE) {
    throw refusal(String(strike), 'is no strike: from 0.001 to 99999.999 in steps of 0.001');
  }
  const letter = kind === 'call' ? 'C' : 'P';
  return `${root.padEnd(6)}${year}${month}${day}${letter}${String(thousandths).padStart(8, '0')}`;
}

/** What a symbol says. @throws RangeError for what is no symbol, in words for whoever sent it. */
export function parseOccSymbol(text: string): OptionSeries {
  if (text.length !== 21) throw refusal(text, `has ${text.length} characters, and a symbol 21`);
  const [, root = '', year = '', month = '', day = '', letter, digits] = SYMBOL.exec(text) ?? [];
  if (root === '') {
    throw refusal(text, 'is not a root, six digits of a day, C or P and eight of a strike');
  }
  if (!isDay(year, month, day)) throw refusal(text, `expires on no day: ${year}${month}${day}`);
  if (Number(digits) === 0) throw refusal(text, 'has a strike of 0');
  return {
    root,
    expiry: `20${year}-${month}-${day}`,
    kind: letter === 'C' ? 'call' : 'put',
    strike: Number(digits) / 1000,
  };
}

/** The 30th of February would be some day of March. */
function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(Date.UTC(2000 + Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

function refusal(text: string, why: string): RangeError {
  const quoted = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return new RangeError(`${JSON.stringify(quoted)} ${why}`);
}
