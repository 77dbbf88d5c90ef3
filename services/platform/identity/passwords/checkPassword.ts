import { invalidArgument } from '../../../kit/invalidArgument.ts';

/**
 * Refuses passwords that are tried first: the commonest, and what the address says. Their length is the contract's to
 * say. Case does not matter.
 *
 * @param field The request's, for the error.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
 * @throws RpcError INVALID_ARGUMENT that names the field and the reason: PASSWORD_IS_ADDRESS, PASSWORD_TOO_COMMON.
 */
export async function checkPassword(
  field: string,
  password: string,
  email: string | null,
): Promise<void> {
  const plain = password.normalize('NFKC').toLowerCase();
  const [name, domain] = email?.toLowerCase().split('@') ?? [];
  if (plain === `${name}@${domain}` || plain === name || plain === domain) {
    throw invalidArgument(field, 'must not be the e-mail address', 'PASSWORD_IS_ADDRESS');
  }
  if ((await commonPasswords()).has(plain)) {
    throw invalidArgument(field, 'is one of the commonest passwords', 'PASSWORD_TOO_COMMON');
  }
}

let loaded: Promise<ReadonlySet<string>> | undefined;

/** Some 49,000 of leaked lists, as the package orders them. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map((each) => each.toLowerCase())),
  );
  return loaded;
}
