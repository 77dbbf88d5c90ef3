import type { Authorization, Decision } from '../translate/authorize.ts';
import type { Callers } from './Status.ts';

/** Who may call, as a report tells it. */
export function callers({ decisions }: Authorization): Callers {
  const others = decisions.find(({ source }) => source === '*');
  const named = (does: (decision: Decision) => boolean) =>
    decisions.filter((one) => one.source !== '*' && does(one)).map(({ source }) => source);
  const everybodyElse = others?.verdict === 'allow';
  return {
    allowed: everybodyElse ? [] : named(({ verdict }) => verdict === 'allow'),
    othersExcept: everybodyElse ? named(({ verdict }) => verdict !== 'allow') : undefined,
    byPermissions: decisions
      .filter(({ verdict }) => typeof verdict === 'object')
      .map(({ source }) => source),
  };
}
