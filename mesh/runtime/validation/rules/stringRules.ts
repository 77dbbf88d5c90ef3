import { createRequire } from 'node:module';
import {
  type StringRules,
  StringRulesSchema,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { demandsUuidV7, UUID_V7, UUID_V7_RULE } from '@weft/mesh/contracts';
import type { Predicate } from './Predicate.ts';
import { setRules } from './setRules.ts';
import { simplePattern } from './simplePattern.ts';

const require = createRequire(import.meta.url);

/** For the few patterns that need it; rules are compiled without waiting. */
const loadRe2 = () => require('@bufbuild/re2') as typeof import('@bufbuild/re2');

const KNOWN = [
  'const',
  'len',
  'minLen',
  'maxLen',
  'lenBytes',
  'minBytes',
  'maxBytes',
  'pattern',
  'prefix',
  'suffix',
  'contains',
  'notContains',
  'in',
  'notIn',
] as const;

/** @throws NotCompilable for formats such as email; protovalidate knows them. */
export function stringRules(rules: StringRules): Predicate<string> {
  const set = setRules(rules, StringRulesSchema, KNOWN, [UUID_V7_RULE]);
  const checks: Predicate<string>[] = [];
  if (demandsUuidV7(rules)) checks.push((value) => UUID_V7.test(value));
  if (set.has('const')) checks.push((value) => value === rules.const);
  if (set.has('len') || set.has('minLen') || set.has('maxLen')) {
    const least = set.has('len') ? rules.len : rules.minLen;
    const most = set.has('len') ? rules.len : set.has('maxLen') ? rules.maxLen : Infinity;
    checks.push(length(Number(least), Number(most)));
  }
  if (set.has('lenBytes') || set.has('minBytes') || set.has('maxBytes')) {
    const least = set.has('lenBytes') ? rules.lenBytes : rules.minBytes;
    const most = set.has('lenBytes')
      ? rules.lenBytes
      : set.has('maxBytes')
        ? rules.maxBytes
        : Infinity;
    checks.push((value) => {
      const bytes = Buffer.byteLength(value);
      return bytes >= Number(least) && bytes <= Number(most);
    });
  }
  if (set.has('prefix')) checks.push((value) => value.startsWith(rules.prefix));
  if (set.has('suffix')) checks.push((value) => value.endsWith(rules.suffix));
  if (set.has('contains')) checks.push((value) => value.includes(rules.contains));
  if (set.has('notContains')) checks.push((value) => !value.includes(rules.notContains));
  if (set.has('in')) checks.push((value) => rules.in.includes(value));
  if (set.has('notIn')) checks.push((value) => !rules.notIn.includes(value));
  if (set.has('pattern')) {
    const pattern = simplePattern(rules.pattern) ?? loadRe2().RE2JS.compile(rules.pattern);
    checks.push((value) => pattern.test(value));
  }
  return (value) => checks.every((check) => check(value));
}

/** protovalidate counts Unicode characters, of which one takes one or two of JavaScript's units. */
function length(least: number, most: number): Predicate<string> {
  return (value) => {
    const units = value.length;
    if (units < least || units > most * 2) return false;
    if (units >= least * 2 && units <= most) return true;
    let characters = 0;
    for (const _ of value) characters += 1;
    return characters >= least && characters <= most;
  };
}
