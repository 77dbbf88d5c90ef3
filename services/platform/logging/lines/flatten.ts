/** Objects in objects deeper than this are kept as their JSON. */
const DEPTH = 5;

/**
 * The fields of an object and of those in it, under names such as "err.message", as texts. Lists are their JSON; what is
 * null or empty is left out.
 *
 * @param most So many at most.
 * @returns the fields, and whether there are more.
 */
export function flatten(
  fields: Readonly<Record<string, unknown>>,
  most: number,
): { flat: [name: string, value: string][]; more: boolean } {
  const flat: [string, string][] = [];
  let more = false;
  const visit = (object: Readonly<Record<string, unknown>>, prefix: string, depth: number) => {
    for (const name in object) {
      if (!Object.hasOwn(object, name)) continue;
      const value = object[name];
      if (value === null || value === undefined || value === '') continue;
      if (typeof value === 'object' && !Array.isArray(value) && depth < DEPTH) {
        visit(value as Record<string, unknown>, `${prefix}${name}.`, depth + 1);
      } else if (flat.length < most) {
        flat.push([
          prefix + name,
          typeof value === 'object' ? JSON.stringify(value) : String(value),
        ]);
      } else {
        more = true;
      }
      if (more) return;
    }
  };
  visit(fields, '', 1);
  return { flat, more };
}
