import { type DescField, ScalarType } from '@bufbuild/protobuf';
import {
  type RepeatedRules,
  RepeatedRulesSchema,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { NotCompilable } from '../NotCompilable.ts';
import type { Predicate } from './Predicate.ts';
import { setRules } from './setRules.ts';

/** How many entries a list has, and whether they differ. */
export function listSize(
  field: DescField & { fieldKind: 'list' },
  rules: RepeatedRules,
): Predicate<readonly unknown[]> | undefined {
  const set = setRules(rules, RepeatedRulesSchema, ['minItems', 'maxItems', 'unique', 'items']);
  set.delete('items');
  if (set.size === 0) return undefined;
  if (rules.unique && field.listKind === 'scalar' && field.scalar === ScalarType.BYTES) {
    throw new NotCompilable(`unique ${field}`);
  }
  const least = Number(rules.minItems);
  const most = set.has('maxItems') ? Number(rules.maxItems) : Infinity;
  return (values) =>
    values.length >= least &&
    values.length <= most &&
    (!rules.unique || values.length < 2 || new Set(values).size === values.length);
}
