import { millsRatio, NEAR_ZERO, normalDensity, normalMiddle } from './normal.ts';

const LOG_ROOT_2PI = 0.5 * Math.log(2 * Math.PI);
const ROOT_2PI = Math.sqrt(2 * Math.PI);
/** After so small a step the next one would be below the last bits: the error falls with its fourth power. */
const SMALL_STEP = 3e-5;
/** Bisection alone comes to an end sooner. */
const MOST_STEPS = 200;

/**
 * The deviation (volatility times the square root of the years) at which an option out of the money has a value.
 *
 * Householder's method of third order, on a function of the value that is nearly straight: its logarithm's inverse where the value is
 * below that at the point of inflection, the logarithm of what is missing to the bound where little is, and the value itself
 * between. A bracket catches steps that go astray.
 *
 * @param low Of the discounted forward and the discounted strike the lower, above 0.
 * @param high The higher.
 * @param value Of the option, above 0 and below `low`.
 * @param guess Where to begin, such as the deviation of the next strike; 0: of no guess.
 * @see P. Jäckel, "Let's Be Rational", Wilmott 75 (2015), 40: the objective functions and their derivatives.
 */
export function impliedDeviation(low: number, high: number, value: number, guess: number): number {
  const x = Math.log(low / high);
  // The value at most, in units of the geometric mean of both; all below is in these units.
  const most = Math.sqrt(low / high);
  const target = (value / low) * most;
  const inflection = Math.sqrt(-2 * x);
  const middle =
    most *
    (0.5 - (inflection < NEAR_ZERO ? tailNearZero(inflection) : millsRatio(inflection)) / ROOT_2PI);
  if (target < middle) return solveLow(x, most, target, inflection, guess);
  return solveHigh(x, most, target, { inflection, middle, guess });
}

function solveLow(
  x: number,
  most: number,
  target: number,
  inflection: number,
  guess: number,
): number {
  const logTarget = Math.log(target);
  let [below, above] = [0, inflection];
  // Far out, the logarithm of the value is about -x² / 2s².
  const far = -x / Math.sqrt(-2 * logTarget);
  let s = guess > 0 && guess < inflection ? guess : Math.min(far, inflection);
  for (let step = 0; step < MOST_STEPS; step++) {
    const h = x / s;
    const t = 0.5 * s;
    const [d1, d2] = [h + t, h - t];
    /** Value over its derivative. */
    let ratio: number;
    if (d2 > -NEAR_ZERO) {
      const density = normalDensity(d1) * most;
      ratio = (Math.sinh(0.5 * x) + most * normalMiddle(d1) - normalMiddle(d2) / most) / density;
    } else {
      ratio = (d1 > -NEAR_ZERO ? tailNearZero(-d1) : millsRatio(-d1)) - millsRatio(-d2);
    }
    const logValue = Math.log(ratio) - 0.5 * (h * h + t * t) - LOG_ROOT_2PI;
    if (logValue < logTarget) below = s;
    else above = s;
    const u = 1 / ratio;
    const second = (h * h) / s - 0.25 * s;
    const third = second * second - 3 * (h / s) ** 2 - 0.25;
    const bend = u * (1 + 2 / logValue);
    const newton = ((logTarget - logValue) * logValue * ratio) / logTarget;
    const next =
      s +
      householder(
        newton,
        second - bend,
        third + 2 * u * u * (1 + (3 / logValue) * (1 + 1 / logValue)) - 3 * second * bend,
      );
    const isIn = next > below && next < above;
    const to = isIn ? next : 0.5 * (below + above);
    if (isIn ? Math.abs(to - s) <= SMALL_STEP * s : to === below || to === above) return to;
    s = to;
  }
  return s;
}

interface Start {
  readonly inflection: number;
  /** The value at the inflection. */
  readonly middle: number;
  readonly guess: number;
}

function solveHigh(
  x: number,
  most: number,
  target: number,
  { inflection, middle, guess }: Start,
): number {
  const missing = most - target;
  const isNearBound = missing < 0.5 * most && target > middle;
  let [below, above] = [inflection, Number.POSITIVE_INFINITY];
  let s = guess > inflection ? guess : firstGuess();
  for (let step = 0; step < MOST_STEPS; step++) {
    const h = x / s;
    const t = 0.5 * s;
    const [d1, d2] = [h + t, h - t];
    const slope = normalDensity(d1) * most;
    const second = (h * h) / s - 0.25 * s;
    const third = second * second - 3 * (h / s) ** 2 - 0.25;
    // d1 is above 0 and d2 below.
    const upper = d1 < NEAR_ZERO ? most * (0.5 - normalMiddle(d1)) : slope * millsRatio(d1);
    const lower = d2 > -NEAR_ZERO ? (0.5 + normalMiddle(d2)) / most : slope * millsRatio(-d2);
    let next: number;
    if (isNearBound) {
      const rest = upper + lower;
      if (rest > missing) below = s;
      else above = s;
      const u = slope / rest;
      const newton = Math.log(rest / missing) / u;
      next = s + householder(newton, second + u, third + u * (2 * u + 3 * second));
    } else {
      const value =
        d1 < NEAR_ZERO && d2 > -NEAR_ZERO
          ? Math.sinh(0.5 * x) + most * normalMiddle(d1) - normalMiddle(d2) / most
          : most - upper - lower;
      if (value < target) below = s;
      else above = s;
      next = s + householder((target - value) / slope, second, third);
    }
    const isIn = next > below && next < above;
    const to = isIn ? next : above === Number.POSITIVE_INFINITY ? 2 * s : 0.5 * (below + above);
    if (isIn ? Math.abs(to - s) <= SMALL_STEP * s : to === below || to === above) return to;
    s = to;
  }
  return s;

  function firstGuess(): number {
    // Along the tangent at the inflection; near the bound, as if both tails were one.
    if (!isNearBound) return inflection + ((target - middle) * ROOT_2PI) / most;
    const tails = Math.min(missing / (most + 1 / most), 0.5);
    return Math.max(inflection, 2 * Math.sqrt(-2 * Math.log(2 * tails)) * 0.8) + 0.1;
  }
}

/** The step that three derivatives of a function give, each over the first. */
function householder(newton: number, second: number, third: number): number {
  return (newton * (1 + 0.5 * second * newton)) / (1 + newton * (second + (third * newton) / 6));
}

/** Φ(-x) / φ(x) for x from 0 to NEAR_ZERO. */
function tailNearZero(x: number): number {
  return (0.5 - normalMiddle(x)) / normalDensity(x);
}
