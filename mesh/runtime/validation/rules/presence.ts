import type { DescField } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { type FieldRules, Ignore } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { Predicate } from './Predicate.ts';

/** Adds what holds for a field that is not set. */
export function presence(
  field: DescField,
  rules: FieldRules,
  value: Predicate | undefined,
): Predicate {
  const obeys = value ?? (() => true);
  const { required } = rules;
  if (field.fieldKind === 'list' || field.fieldKind === 'map') {
    const isEmpty = (entries: unknown) =>
      (Array.isArray(entries) ? entries : Object.keys(entries as object)).length === 0;
    const mayIgnore = rules.ignore === Ignore.IF_ZERO_VALUE;
    if (!required && !mayIgnore) return obeys;
    return (entries) => (isEmpty(entries) ? !required : obeys(entries));
  }
  const tracked = field.presence !== FeatureSet_FieldPresence.IMPLICIT;
  if (tracked) return (set) => (set === undefined ? !required : obeys(set));
  if (!required && rules.ignore !== Ignore.IF_ZERO_VALUE) return obeys;
  return (set) => (isZero(set) ? !required : obeys(set));
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  // Not -0, which is sent.
  return Object.is(value, 0) || value === '' || value === false;
}
