import { API_KEY_USE_PREFIX, HASH } from './consulKeys.ts';

/** When API keys were last used, to the minute: by their SHA-256 in small hexadecimal digits, seconds since 1970. */
export type ApiKeyUse = ReadonlyMap<string, number>;

/** An entry of Consul's KV store is half a megabyte at most. */
const KEYS_OF_ENTRY = 4_000;

/**
 * What an edge writes in Consul of the keys that were used at it: as many entries as it takes, by their names.
 *
 * @param edge Its name, one that no other edge has.
 */
export function apiKeyUseEntries(
  edge: string,
  use: ApiKeyUse,
): { name: string; entry: Readonly<Record<string, number>> }[] {
  const all = [...use];
  return Array.from({ length: Math.ceil(all.length / KEYS_OF_ENTRY) }, (_, index) => ({
    name: `${API_KEY_USE_PREFIX}${edge}/${index}`,
    entry: Object.fromEntries(all.slice(index * KEYS_OF_ENTRY, (index + 1) * KEYS_OF_ENTRY)),
  }));
}

/** Reads such an entry. What is no hash or no time in it is passed over. @throws SyntaxError for what is no JSON. */
export function readApiKeyUse(text: string): ApiKeyUse {
  return new Map(
    Object.entries(JSON.parse(text) as Record<string, unknown>).filter(
      (pair): pair is [string, number] => HASH.test(pair[0]) && Number.isSafeInteger(pair[1]),
    ),
  );
}
