import type { Client } from '../client/Client.ts';
import type { AttemptLimit } from './Attempts.ts';

const MINUTE_MS = 60_000;

/**
 * What a try of a password costs where it fails. An account is shut to guesses from all the world, and yet to nobody who is
 * its owner: from a network where he has signed in before, others' guesses do not count.
 *
 * Thus are "device cookies" meant, by networks in place of cookies, which programs do not keep.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 * @param email In small letters, whether it has an account or not.
 * @param isKnown Whether the account's owner has signed in from there.
 */
export function passwordLimits(email: string, client: Client, isKnown: boolean): AttemptLimit[] {
  const { network } = client;
  const here =
    network === ''
      ? []
      : [
          // Passwords tried on many accounts. A site with many people in it fails now and then, too.
          { name: `password from ${network}`, capacity: 100, fillMs: 15 * MINUTE_MS },
          { name: `password from ${network} of ${email}`, capacity: 10, fillMs: 15 * MINUTE_MS },
        ];
  if (isKnown) return here;
  return [...here, { name: `password of ${email}`, capacity: 50, fillMs: 60 * MINUTE_MS }];
}

/** Mails that anybody can have sent to an address. */
export function mailLimit(email: string): AttemptLimit {
  return { name: `mail to ${email}`, capacity: 5, fillMs: 60 * MINUTE_MS };
}
