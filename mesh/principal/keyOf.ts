import type { JWK } from 'jose';

/**
 * The key that a token's header names.
 *
 * @param keys Those that sign, by their ids: see parseJwks().
 * @throws Error that says for the log why there is none.
 */
export function keyOf(
  keys: ReadonlyMap<string, JWK>,
  { kid }: { readonly kid?: string | undefined },
): JWK {
  const key = kid === undefined ? undefined : keys.get(kid);
  if (!key) throw new Error(kid === undefined ? 'it names no key' : 'its key is not known');
  return key;
}
