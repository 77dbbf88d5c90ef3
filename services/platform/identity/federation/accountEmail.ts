import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import type { ProviderIdentity } from './OpenIdClient.ts';

/** As the contract knows addresses (buf.validate: HTML's form), in ASCII. */
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const LONGEST = 254;

/**
 * The address by which somebody whom a provider vouches for has an account here.
 *
 * @returns undefined where the provider has not seen that it is his, and for what is no address that an account can have.
 */
export function accountEmail({
  email,
  emailVerified,
}: Pick<ProviderIdentity, 'email' | 'emailVerified'>): string | undefined {
  const isUsable = emailVerified && email.length <= LONGEST && EMAIL.test(email);
  return isUsable ? normalizeEmail(email) : undefined;
}
