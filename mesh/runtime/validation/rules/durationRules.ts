import type { Duration as ProtoDuration } from '@bufbuild/protobuf/wkt';
import {
  type DurationRules,
  DurationRulesSchema,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { NotCompilable } from '../NotCompilable.ts';
import type { Predicate } from './Predicate.ts';
import { setRules } from './setRules.ts';

/** As ts-proto has it. */
interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

/** @throws NotCompilable for rules that are no interval. */
export function durationRules(rules: DurationRules): Predicate<Duration> {
  setRules(rules, DurationRulesSchema, ['lt', 'lte', 'gt', 'gte']);
  const { greaterThan, lessThan } = rules;
  const low = greaterThan.value && fromProto(greaterThan.value);
  const high = lessThan.value && fromProto(lessThan.value);
  // "Less than 1 s or more than 9 s" is written the same way.
  if (low && high && compare(low, high) > 0) throw new NotCompilable('an exclusive range');
  return (value) =>
    isRegular(value) &&
    (!low || compare(value, low) > (greaterThan.case === 'gt' ? 0 : -1)) &&
    (!high || compare(value, high) < (lessThan.case === 'lt' ? 0 : 1));
}

/** Seconds and nanoseconds of one sign, as google/protobuf/duration.proto asks for: these can be compared one by one. */
function isRegular({ seconds, nanos }: Duration): boolean {
  return Math.abs(nanos) < 1e9 && (seconds === 0 || nanos === 0 || seconds > 0 === nanos > 0);
}

function fromProto({ seconds, nanos }: ProtoDuration): Duration {
  return { seconds: Number(seconds), nanos };
}

function compare(one: Duration, other: Duration): number {
  return Math.sign(one.seconds - other.seconds || one.nanos - other.nanos);
}
