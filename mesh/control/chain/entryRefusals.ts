import type { ConfigEntry } from '../watch/ConfigEntries.ts';

/** A config entry as far as it says what of it has no effect. */
type Refusing = ConfigEntry<{ readonly refusals: readonly string[] }>;

/**
 * What one config entry says and that has no effect: "service-router/web: route 1 is left out: ...".
 *
 * @param label Kind and name of the entry.
 */
export function entryRefusals(label: string, entry: Refusing | undefined): string[] {
  if (!entry) return [];
  const { value, refused } = entry;
  const held = value ? 'its last good form holds' : 'it has no effect';
  const unread = refused ? [`cannot be read, ${held}: ${refused}`] : [];
  return [...unread, ...(value?.refusals ?? [])].map((refusal) => `${label}: ${refusal}`);
}
