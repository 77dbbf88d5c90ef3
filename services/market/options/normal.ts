const SQRT_2 = Math.SQRT2;
const SQRT_HALF_PI = Math.sqrt(Math.PI / 2);
const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const INVERSE_SQRT_PI = 1 / Math.sqrt(Math.PI);
/** Below it Φ(x) is near a half and comes of the error function; from it on, of the tail. */
export const NEAR_ZERO = 0.46875 * SQRT_2;

/** φ(x): density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return INVERSE_SQRT_2PI * Math.exp(-0.5 * x * x);
}

/** Φ(x): the standard normal distribution, to 1e-15; far below 0 to x² · 1e-16 of its value, down to where it underflows. */
export function normalCdf(x: number): number {
  return normalCdfWith(x, normalDensity(x));
}

/** Φ(x) for who knows φ(x) already: the exponential is what costs. */
export function normalCdfWith(x: number, density: number): number {
  const size = Math.abs(x);
  if (size < NEAR_ZERO) return 0.5 + normalMiddle(x);
  const tail = density * millsRatio(size);
  return x < 0 ? tail : 1 - tail;
}

/**
 * Φ(x) - ½ for |x| below NEAR_ZERO, exact however small x is.
 *
 * @see W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), 631.
 */
export function normalMiddle(x: number): number {
  const y = x / SQRT_2;
  const z = y * y;
  const top =
    (((0.18577770618460315 * z + 3.1611237438705655) * z + 113.86415415105016) * z +
      377.485237685302) *
      z +
    3209.3775891384694;
  const bottom =
    (((z + 23.601290952344122) * z + 244.02463793444417) * z + 1282.6165260773723) * z +
    2844.236833439171;
  return (0.5 * y * top) / bottom;
}

/**
 * Φ(-x) / φ(x) for x from NEAR_ZERO on: the tail without its exponential, so that it neither underflows nor has to be
 * paid for twice.
 *
 * @see W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), 631.
 */
export function millsRatio(x: number): number {
  const y = x / SQRT_2;
  return SQRT_HALF_PI * (y <= 4 ? middleTail(y) : farTail(y));
}

/** exp(y²) erfc(y) for y from 0.46875 to 4. */
function middleTail(y: number): number {
  const top =
    (((((((2.1531153547440383e-8 * y + 0.5641884969886701) * y + 8.883149794388377) * y +
      66.11919063714163) *
      y +
      298.6351381974001) *
      y +
      881.952221241769) *
      y +
      1712.0476126340707) *
      y +
      2051.0783778260716) *
      y +
    1230.3393547979972;
  const bottom =
    (((((((y + 15.744926110709835) * y + 117.6939508913125) * y + 537.1811018620099) * y +
      1621.3895745666903) *
      y +
      3290.7992357334597) *
      y +
      4362.619090143247) *
      y +
      3439.3676741437216) *
      y +
    1230.3393548037495;
  return top / bottom;
}

/** exp(y²) erfc(y) for y above 4. */
function farTail(y: number): number {
  const z = 1 / (y * y);
  const top =
    ((((0.016315387137302097 * z + 0.30532663496123236) * z + 0.36034489994980445) * z +
      0.12578172611122926) *
      z +
      0.016083785148742275) *
      z +
    0.0006587491615298378;
  const bottom =
    ((((z + 2.568520192289822) * z + 1.8729528499234604) * z + 0.5279051029514285) * z +
      0.06051834131244132) *
      z +
    0.0023352049762686918;
  return (INVERSE_SQRT_PI - (z * top) / bottom) / y;
}
