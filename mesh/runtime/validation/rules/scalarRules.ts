import type { DescEnum, Message } from '@bufbuild/protobuf';
import {
  BoolRulesSchema,
  BytesRulesSchema,
  DoubleRulesSchema,
  EnumRulesSchema,
  type FieldRules,
  Fixed32RulesSchema,
  Fixed64RulesSchema,
  FloatRulesSchema,
  Int32RulesSchema,
  Int64RulesSchema,
  SFixed32RulesSchema,
  SFixed64RulesSchema,
  SInt32RulesSchema,
  SInt64RulesSchema,
  UInt32RulesSchema,
  UInt64RulesSchema,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { NotCompilable } from '../NotCompilable.ts';
import { numberRules } from './numberRules.ts';
import type { Predicate } from './Predicate.ts';
import { setRules } from './setRules.ts';
import { stringRules } from './stringRules.ts';

const NUMBERS = {
  double: DoubleRulesSchema,
  float: FloatRulesSchema,
  int32: Int32RulesSchema,
  int64: Int64RulesSchema,
  uint32: UInt32RulesSchema,
  uint64: UInt64RulesSchema,
  sint32: SInt32RulesSchema,
  sint64: SInt64RulesSchema,
  fixed32: Fixed32RulesSchema,
  fixed64: Fixed64RulesSchema,
  sfixed32: SFixed32RulesSchema,
  sfixed64: SFixed64RulesSchema,
} as const;

/** The check of one value, and of a list of them where that is faster than one by one. */
export interface ScalarChecks {
  readonly one: Predicate<never>;
  readonly all?: Predicate<never>;
}

/**
 * Compiles the rules of a scalar or an enum. Undefined when there are none.
 *
 * @throws NotCompilable
 */
export function scalarRules(
  type: FieldRules['type'],
  enumeration: DescEnum | undefined,
): ScalarChecks | undefined {
  switch (type.case) {
    case undefined:
      return undefined;
    case 'string':
      return { one: stringRules(type.value) };
    case 'bytes':
      return { one: bytesRules(type.value) };
    case 'bool':
      setRules(type.value, BoolRulesSchema, ['const']);
      return { one: (value: boolean) => value === type.value.const };
    case 'enum':
      return { one: enumRules(type.value, enumeration) };
    default:
      if (type.case in NUMBERS) {
        return numberRules(type.value, NUMBERS[type.case as keyof typeof NUMBERS]);
      }
      throw new NotCompilable(type.case);
  }
}

function bytesRules(
  rules: Extract<FieldRules['type'], { case: 'bytes' }>['value'],
): Predicate<Uint8Array> {
  const set = setRules(rules, BytesRulesSchema, ['len', 'minLen', 'maxLen']);
  const least = Number(set.has('len') ? rules.len : rules.minLen);
  const most = Number(set.has('len') ? rules.len : set.has('maxLen') ? rules.maxLen : Infinity);
  return ({ length }) => length >= least && length <= most;
}

function enumRules(
  message: Message & Extract<FieldRules['type'], { case: 'enum' }>['value'],
  enumeration: DescEnum | undefined,
): Predicate<number> {
  const set = setRules(message, EnumRulesSchema, ['const', 'definedOnly', 'in', 'notIn']);
  const defined = new Set(enumeration?.values.map(({ number }) => number));
  const { definedOnly, in: allowed, notIn: refused } = message;
  return (value) =>
    (!set.has('const') || value === message.const) &&
    (!definedOnly || defined.has(value)) &&
    (!set.has('in') || allowed.includes(value)) &&
    !refused.includes(value);
}
