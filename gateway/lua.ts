import type { PathTemplate } from '@weft/mesh/contracts';

/** What can stand in a table of Lua. */
export type LuaValue = string | { readonly [key: string]: LuaValue } | readonly LuaValue[];

/** The Lua expression of a value. */
export function toLua(value: LuaValue): string {
  // JSON's escapes are Lua's too, as long as nothing but ASCII is written.
  if (typeof value === 'string') return JSON.stringify(value);
  const entries = Array.isArray(value)
    ? value.map(toLua)
    : Object.entries(value).map(([key, entry]) => `[${JSON.stringify(key)}]=${toLua(entry)}`);
  return `{${entries.join(',')}}`;
}

/**
 * The Lua pattern that matches the same paths.
 *
 * @param captured Index of a segment that the pattern captures.
 */
export function toLuaPattern({ segments, verb }: PathTemplate, captured?: number): string {
  const patterns = segments.map((segment, index) => {
    const pattern = segment === '**' ? '.*' : segment === '*' ? '[^/]+' : literal(segment);
    return index === captured ? `(${pattern})` : pattern;
  });
  return `^/${patterns.join('/')}${verb === undefined ? '' : literal(`:${verb}`)}$`;
}

function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '%$&');
}
