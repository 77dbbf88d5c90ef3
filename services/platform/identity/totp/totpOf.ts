import { Secret, TOTP } from 'otpauth';

const PERIOD_S = 30;

/**
 * Time-based passwords as authenticator apps take them: SHA-1, 6 digits, 30 s.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6238
 * @param label Whose it is, as the app shows it.
 */
export function totpOf(key: Uint8Array, label = ''): TOTP {
  const secret = new Secret({ buffer: Uint8Array.from(key).buffer });
  const form = { algorithm: 'SHA1', digits: 6, period: PERIOD_S };
  return new TOTP({ ...form, issuer: 'Weft', label, secret });
}

/**
 * The step whose password a code is: the number of periods since the epoch. The one before and the one after now count,
 * since clocks differ (RFC 6238, 5.2). Undefined: it is none.
 */
export function stepOf(totp: TOTP, code: string, now: Date): number | undefined {
  const timestamp = now.getTime();
  const delta = totp.validate({ token: code, timestamp, window: 1 });
  return delta === null ? undefined : totp.counter({ timestamp }) + delta;
}
