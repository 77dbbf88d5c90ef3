import type { DescMessage, Message } from '@bufbuild/protobuf';
import { NotCompilable } from '../NotCompilable.ts';
import type { Predicate } from './Predicate.ts';
import { setRules } from './setRules.ts';

/** What the rules of all number types have in common; 64-bit ones hold bigints. */
interface NumberRules extends Message {
  readonly const: number | bigint;
  readonly lessThan: { readonly case?: 'lt' | 'lte' | undefined; readonly value?: number | bigint };
  readonly greaterThan: {
    readonly case?: 'gt' | 'gte' | undefined;
    readonly value?: number | bigint;
  };
  readonly in: readonly (number | bigint)[];
  readonly notIn: readonly (number | bigint)[];
}

const KNOWN = ['const', 'lt', 'lte', 'gt', 'gte', 'in', 'notIn', 'finite'] as const;

/**
 * Every bound is turned into one closed interval, so that a column of thousands of numbers costs two comparisons an
 * entry. NaN lies in no interval, and protovalidate lets it pass no bound.
 */
export interface NumberChecks {
  one: Predicate<number>;
  all: Predicate<readonly number[]>;
}

/** @throws NotCompilable for rules that are no interval and no list. */
export function numberRules(message: Message, schema: DescMessage): NumberChecks {
  const rules = message as NumberRules;
  const set = setRules(rules, schema, KNOWN);
  const floating = /Float|Double/.test(schema.name);
  let low = -Infinity;
  let high = Infinity;
  if (set.has('finite')) {
    low = -Number.MAX_VALUE;
    high = Number.MAX_VALUE;
  }
  const { lessThan, greaterThan } = rules;
  if (greaterThan.value !== undefined) {
    low = Math.max(low, above(greaterThan.value, greaterThan.case === 'gt', floating));
  }
  if (lessThan.value !== undefined) {
    high = Math.min(high, below(lessThan.value, lessThan.case === 'lt', floating));
  }
  // "Less than 1 or greater than 9" is written the same way.
  if (low > high) throw new NotCompilable('an exclusive range');
  if (set.has('const')) {
    low = Math.max(low, Number(rules.const));
    high = Math.min(high, Number(rules.const));
  }
  const bounded = set.size > 0 && [...set].some((name) => name !== 'in' && name !== 'notIn');
  const allowed = set.has('in') ? numbers(rules.in) : undefined;
  const refused = set.has('notIn') ? numbers(rules.notIn) : undefined;
  const one = (value: number): boolean =>
    (!bounded || (value >= low && value <= high)) &&
    (!allowed || allowed.has(value)) &&
    !refused?.has(value);
  return { one, all: allowed || refused ? (values) => values.every(one) : within(low, high) };
}

function within(low: number, high: number): Predicate<readonly number[]> {
  return (values) => {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as number;
      // Not the other way round: NaN compares to nothing.
      if (!(value >= low && value <= high)) return false;
    }
    return true;
  };
}

function numbers(list: readonly (number | bigint)[]): Set<number> {
  // A NaN in a list equals no value, but a Set would find it.
  return new Set(list.map(Number).filter((value) => !Number.isNaN(value)));
}

function above(bound: number | bigint, exclusive: boolean, floating: boolean): number {
  if (!exclusive) return Number(bound);
  if (floating) return next(Number(bound), 1);
  return Number(BigInt(bound) + 1n);
}

function below(bound: number | bigint, exclusive: boolean, floating: boolean): number {
  if (!exclusive) return Number(bound);
  if (floating) return next(Number(bound), -1);
  return Number(BigInt(bound) - 1n);
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The next double in a direction: IEEE 754 orders doubles of one sign as their bits. */
function next(value: number, direction: 1 | -1): number {
  if (!Number.isFinite(value)) throw new NotCompilable('an infinite bound');
  if (value === 0) return direction * Number.MIN_VALUE;
  double[0] = value;
  const step = value > 0 ? direction : -direction;
  bits[0] = (bits[0] as bigint) + BigInt(step);
  return double[0];
}
