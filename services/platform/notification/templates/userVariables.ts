import type { User } from '@weft/proto/identity/v1/user';

/**
 * What templates may say of the user whom a message is for, as `user`.
 *
 * @param user Default: an example.
 */
export function userVariables(
  { displayName, email }: Pick<User, 'displayName' | 'email'> = {
    displayName: 'Ada',
    email: 'ada@example.org',
  },
): Readonly<Record<string, string>> {
  return { displayName, email };
}
