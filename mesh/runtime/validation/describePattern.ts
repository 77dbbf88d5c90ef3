import { type DescMessage, getOption, type Message } from '@bufbuild/protobuf';
import { type Path, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Violation } from '@bufbuild/protovalidate';
import {
  FieldRulesSchema,
  field as fieldOption,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

const LONGEST = 64;

/**
 * Says of a string that does not match its pattern what it is and which characters are allowed, such as
 * `"M M" is not of the form ^[A-Z&]+$: allowed are capital letters and &`. A long one is cut.
 *
 * @returns undefined for a violation of another rule.
 */
export function describePattern(
  violation: Violation,
  type: DescMessage,
  message: Message,
): string | undefined {
  const field = violation.field.findLast((part) => part.kind === 'field');
  if (violation.ruleId !== 'string.pattern' || violation.forKey || !field) return undefined;
  const rules = reflect(FieldRulesSchema, getOption(field, fieldOption));
  const pattern = valueAt(rules, violation.rule);
  const value = valueAt(reflect(type, message), violation.field);
  if (typeof pattern !== 'string' || typeof value !== 'string') return undefined;
  const shown = value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value;
  const words = allowedBy(pattern);
  const why = `${JSON.stringify(shown)} is not of the form ${pattern}`;
  return words === undefined ? why : `${why}: allowed are ${words}`;
}

function valueAt(message: ReflectMessage, path: Path): unknown {
  let value: unknown = message;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !('get' in value)) return undefined;
    const { get } = value as { get(key: unknown): unknown };
    if (part.kind === 'list_sub') value = get.call(value, part.index);
    else if (part.kind === 'map_sub') value = get.call(value, part.key);
    else if (part.kind === 'field') value = get.call(value, part);
    else return undefined;
  }
  return value;
}

/** The widest first: what has been named is not looked at again. */
const RANGES = [
  ['A-Za-z', 'letters'],
  ['A-Z', 'capital letters'],
  ['a-z', 'small letters'],
  ['0-9', 'digits'],
] as const;

/** The characters of a pattern that is made of sets alone, in words; undefined for others. */
function allowedBy(pattern: string): string | undefined {
  if (!/^\^(?:\[[^\]\\^][^\]\\]*\](?:[*+?]|\{[\d,]+\})?)+\$$/.test(pattern)) return undefined;
  const sets = [...pattern.matchAll(/\[([^\]]*)\]/g)];
  let rest = sets.map(([, set]) => set).join('');
  const words: string[] = [];
  for (const [range, name] of RANGES) {
    if (!rest.includes(range)) continue;
    rest = rest.replaceAll(range, '');
    if (!(words.includes('letters') && name.endsWith('letters'))) words.push(name);
  }
  // A range that has no name.
  if (/[A-Za-z0-9]-[A-Za-z0-9]/.test(rest)) return undefined;
  if (rest) words.push([...new Set(rest)].join(' '));
  const last = words.pop();
  return words.length > 0 ? `${words.join(', ')} and ${last}` : last;
}
