import { type DescField, getOption, hasOption, type JsonValue, toJson } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import {
  FieldRulesSchema,
  field as fieldOption,
  type FieldRules as ValidateRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { demandsUuidV7, UUID_V7 } from '../contracts/index.ts';
import type { JsonSchema } from './jsonSchema.ts';

/** What `buf.validate` demands of a field. */
export interface FieldRules {
  /** To be merged into the schema of the field's value. */
  readonly keywords: JsonSchema;
  /** What no keyword of JSON Schema says, as sentences. */
  readonly notes: readonly string[];
  /** Whether a message without the field is refused. */
  readonly isRequired: boolean;
  /** Of floating-point numbers: which of "NaN", "Infinity" and "-Infinity" may be. Default: all. */
  readonly nonFinite?: readonly string[];
  /** Of each item of a list. */
  readonly items?: FieldRules;
}

type Json = Readonly<Record<string, JsonValue>>;

const NO_RULES: FieldRules = { keywords: {}, notes: [], isRequired: false };

/** Reads the rules of a field; buf/validate/validate.proto says what they mean. */
export function fieldRules(field: DescField): FieldRules {
  if (!hasOption(field, fieldOption)) return NO_RULES;
  return readRules(asJson(getOption(field, fieldOption)), {
    isZeroWhenAbsent: field.presence === FeatureSet_FieldPresence.IMPLICIT,
  });
}

/** A UUID of version 7, which is an extension among the rules, becomes the pattern that it stands for. */
function asJson(rules: ValidateRules): Json {
  const json = toJson(FieldRulesSchema, rules) as Json;
  const { type } = rules;
  if (type.case === 'string' && demandsUuidV7(type.value)) {
    return { ...json, string: { ...(json.string as Json), uuid: true, pattern: UUID_V7.source } };
  }
  if (type.case === 'repeated' && type.value.items) {
    return { ...json, repeated: { ...(json.repeated as Json), items: asJson(type.value.items) } };
  }
  return json;
}

function readRules(rules: Json, { isZeroWhenAbsent }: { isZeroWhenAbsent: boolean }): FieldRules {
  const { ignore, required, cel = [], celExpression = [], ...typed } = rules;
  if (ignore === 'IGNORE_ALWAYS') return NO_RULES;
  const [[kind, ofKind] = ['', {}]] = Object.entries(typed) as [string, Json][];
  const { refusesZero, notes, ...value } = readTypedRules(kind, ofKind);
  if (ignore === 'IGNORE_IF_ZERO_VALUE' && refusesZero) {
    const rule = `Rule, unless it is zero or empty: ${JSON.stringify(ofKind)}.`;
    return { keywords: {}, notes: [rule], isRequired: required === true };
  }
  return {
    ...value,
    notes: [
      ...notes,
      ...(cel as Json[]).map(({ message, expression }) => `Rule: ${message || expression}.`),
      ...(celExpression as string[]).map((expression) => `Rule: ${expression}.`),
    ],
    isRequired: required === true || (isZeroWhenAbsent && refusesZero),
  };
}

type TypedRules = Omit<FieldRules, 'isRequired'> & {
  /** Whether the value that an absent field stands for breaks them. */
  readonly refusesZero: boolean;
};

function readTypedRules(kind: string, rules: Json): TypedRules {
  if (kind === 'string') return stringRules(rules);
  if (kind === 'repeated' || kind === 'map') return listRules(rules);
  if (kind === 'enum') return enumRules(rules);
  if (/^(u|s)?int32$|^s?fixed32$|^float$|^double$/.test(kind)) return numberRules(rules);
  // Bytes and 64-bit integers are strings in JSON, times too: no keyword compares those.
  const notes = Object.entries(rules).map(
    ([name, value]) => `Rule: ${name} ${JSON.stringify(value)}.`,
  );
  const least = Number(rules.gte ?? 0);
  const refusesZero =
    Number(rules.gt ?? -1) >= 0 ||
    least > 0 ||
    Number(rules.minLen ?? 0) > 0 ||
    (rules.const !== undefined && ![false, '0', ''].includes(rules.const as string));
  return { keywords: {}, notes, refusesZero };
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'email',
  hostname: 'hostname',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  uri: 'uri',
  uriRef: 'uri-reference',
  uuid: 'uuid',
};

function stringRules(rules: Json): TypedRules {
  const {
    len,
    minLen = len,
    maxLen = len,
    pattern: re2,
    const: only,
    in: some,
    notIn,
    example,
    ...rest
  } = rules;
  const pattern = typeof re2 === 'string' && isEcmaPattern(re2) ? re2 : undefined;
  const others = pattern === undefined && re2 !== undefined ? { ...rest, pattern: re2 } : rest;
  const format = Object.keys(others).find((name) => name in FORMATS && others[name] === true);
  const notes = Object.entries(others)
    .filter(([name]) => name !== format && name !== 'strict')
    .map(([name, value]) => `Rule: ${name} ${JSON.stringify(value)}.`);
  const keywords: JsonSchema = {
    ...(minLen !== undefined && { minLength: Number(minLen) }),
    ...(maxLen !== undefined && { maxLength: Number(maxLen) }),
    ...(pattern !== undefined && { pattern }),
    ...(only !== undefined && { const: only }),
    ...(some !== undefined && { enum: some as JsonValue[] }),
    ...(notIn !== undefined && { not: { enum: notIn as JsonValue[] } }),
    ...(format && { format: FORMATS[format] }),
    ...(example !== undefined && { examples: example as JsonValue[] }),
  };
  const refusesZero =
    Number(minLen ?? 0) > 0 ||
    Boolean(only) ||
    Boolean(format) ||
    (Array.isArray(some) && !some.includes('')) ||
    (pattern !== undefined && !new RegExp(pattern, 'u').test(''));
  return { keywords, notes, refusesZero };
}

function numberRules(rules: Json): TypedRules {
  const { gt, gte, lt, lte, const: only, in: some, notIn, example } = rules;
  // A lower bound above the upper one is a gap: buf/validate/validate.proto.
  const isGap = Number(gt ?? gte ?? -Infinity) >= Number(lt ?? lte ?? Infinity);
  const bounds: JsonSchema = {
    ...(gt !== undefined && { exclusiveMinimum: Number(gt) }),
    ...(gte !== undefined && { minimum: Number(gte) }),
    ...(lt !== undefined && { exclusiveMaximum: Number(lt) }),
    ...(lte !== undefined && { maximum: Number(lte) }),
  };
  const keywords: JsonSchema = {
    ...(!isGap && bounds),
    ...(only !== undefined && { const: only }),
    ...(some !== undefined && { enum: some as JsonValue[] }),
    ...(notIn !== undefined && { not: { enum: notIn as JsonValue[] } }),
    ...(example !== undefined && { examples: example as JsonValue[] }),
  };
  const isZeroOut =
    Number(gt ?? -1) >= 0 ||
    Number(gte ?? 0) > 0 ||
    Number(lt ?? 1) <= 0 ||
    Number(lte ?? 0) < 0 ||
    Boolean(only) ||
    (Array.isArray(some) && !some.includes(0));
  return {
    keywords,
    notes: isGap ? [`Rule: ${JSON.stringify(bounds)}, one or the other.`] : [],
    refusesZero: !isGap && isZeroOut,
    nonFinite: nonFinite(rules),
  };
}

/** Of the values that JSON writes as strings, those that the rules let pass. */
function nonFinite({ gt, gte, lt, lte, const: only, in: some, finite }: Json): string[] {
  if (finite === true || only !== undefined || some !== undefined) return [];
  const [above, below] = [gt ?? gte, lt ?? lte];
  if (above === undefined && below === undefined) return ['NaN', 'Infinity', '-Infinity'];
  return [
    ...(below === undefined || Number(above) >= Number(below) ? ['Infinity'] : []),
    ...(above === undefined || Number(above) >= Number(below) ? ['-Infinity'] : []),
  ];
}

function enumRules({ in: some, notIn, const: only }: Json): TypedRules {
  const numbers = (some ?? (only === undefined ? undefined : [only])) as number[] | undefined;
  const notes = [
    ...(numbers ? [`Rule: one of the values numbered ${numbers.join(', ')}.`] : []),
    ...(Array.isArray(notIn)
      ? [`Rule: none of the values numbered ${(notIn as number[]).join(', ')}.`]
      : []),
  ];
  const refusesZero =
    (numbers && !numbers.includes(0)) || (Array.isArray(notIn) && notIn.includes(0));
  return { keywords: {}, notes, refusesZero: Boolean(refusesZero) };
}

function listRules({ minItems, maxItems, unique, items, minPairs, maxPairs }: Json): TypedRules {
  const ofItems = items && readRules(items as Json, { isZeroWhenAbsent: false });
  return {
    keywords: {
      ...(minItems !== undefined && { minItems: Number(minItems) }),
      ...(maxItems !== undefined && { maxItems: Number(maxItems) }),
      ...(unique === true && { uniqueItems: true }),
      ...(minPairs !== undefined && { minProperties: Number(minPairs) }),
      ...(maxPairs !== undefined && { maxProperties: Number(maxPairs) }),
    },
    notes: ofItems ? ofItems.notes : [],
    refusesZero: Number(minItems ?? 0) > 0 || Number(minPairs ?? 0) > 0,
    ...(ofItems && { items: ofItems }),
  };
}

/** Rules are RE2, JSON Schema is ECMA-262: most expressions are both. */
function isEcmaPattern(pattern: string): boolean {
  try {
    return Boolean(new RegExp(pattern, 'u'));
  } catch {
    return false;
  }
}
