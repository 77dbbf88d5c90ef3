import { PATCHES } from './registry.ts';

/**
 * Reads WEFT_PATCHES: names of patches, each with a minus before it, with commas between them, such as
 * "-connectTimeout,-throttleRetries".
 *
 * @returns the names of those that are off.
 * @throws Error that says what is wrong, and which names there are.
 */
export function readPatchSwitch(text: string): ReadonlySet<string> {
  const off = new Set<string>();
  const names = PATCHES.map(({ name }) => name);
  for (const word of text.split(',').map((each) => each.trim())) {
    if (word === '') continue;
    const name = word.slice(1);
    if (!word.startsWith('-'))
      throw new Error(`${word}: put a minus before a patch to switch it off`);
    if (!names.includes(name))
      throw new Error(`there is no patch ${name}, but ${names.join(', ')}`);
    off.add(name);
  }
  return off;
}
