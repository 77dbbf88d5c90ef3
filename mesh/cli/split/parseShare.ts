import { InvalidArgumentError } from 'commander';
import { CliError } from '../CliError.ts';

/** How much of a service's traffic goes to one of its subsets. */
export interface Share {
  readonly subset: string;
  /** Percent, to a hundredth. */
  readonly weight: number;
}

/** Reads "v1=90", after those read before it. */
export function parseShare(text: string, former: readonly Share[] = []): readonly Share[] {
  const [, subset, weight] =
    /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)=(\d+(?:\.\d{1,2})?)$/.exec(text) ?? [];
  if (subset === undefined || Number(weight) > 100) {
    throw new InvalidArgumentError('It is SUBSET=PERCENT, to a hundredth: v1=90, v2=0.25.');
  }
  if (former.some((share) => share.subset === subset)) {
    throw new InvalidArgumentError(`${subset} is there twice.`);
  }
  return [...former, { subset, weight: Number(weight) }];
}

/** @throws CliError unless the weights are all of the traffic. */
export function assertWhole(shares: readonly Share[]): void {
  // In hundredths: sums of fractions are not exact.
  const sum = shares.reduce((total, { weight }) => total + Math.round(weight * 100), 0);
  if (sum === 10_000) return;
  throw new CliError(`the weights sum to ${sum / 100}, not to 100`, { exitCode: 2 });
}
