type Point = readonly [number, number];
interface Vertex {
  readonly at: Point;
  readonly value: number;
}

const MOST_STEPS = 500;

/**
 * The minimum of a function of two numbers near a start, by its values alone; where it is infinite, nothing is looked for.
 *
 * @param step Size of the first triangle in each direction.
 * @param tolerance It ends when the values of the triangle differ by less than this share of the best.
 * @see J. A. Nelder and R. Mead, "A simplex method for function minimization", Computer Journal 7 (1965), 308.
 */
export function nelderMead(
  valueAt: (x: number, y: number) => number,
  start: Point,
  step: Point,
  tolerance = 1e-12,
): Vertex {
  const vertexAt = (x: number, y: number): Vertex => ({ at: [x, y], value: valueAt(x, y) });
  const [x, y] = start;
  let triangle = [vertexAt(x, y), vertexAt(x + step[0], y), vertexAt(x, y + step[1])] as [
    Vertex,
    Vertex,
    Vertex,
  ];
  for (let count = 0; count < MOST_STEPS; count++) {
    const [best, middle, worst] = triangle.sort((one, other) => one.value - other.value);
    if (worst.value - best.value <= tolerance * best.value) break;
    const centre = between(best.at, middle.at, 0.5);
    const towards = (distance: number) => vertexAt(...between(worst.at, centre, distance));
    const mirrored = towards(2);
    let next: Vertex;
    if (mirrored.value < best.value) {
      const farther = towards(3);
      next = farther.value < mirrored.value ? farther : mirrored;
    } else if (mirrored.value < middle.value) next = mirrored;
    else next = towards(mirrored.value < worst.value ? 1.5 : 0.5);
    if (next.value < worst.value) triangle = [best, middle, next];
    else {
      const shrink = ({ at }: Vertex) => vertexAt(...between(best.at, at, 0.5));
      triangle = [best, shrink(middle), shrink(worst)];
    }
  }
  return triangle.reduce((one, other) => (other.value < one.value ? other : one));
}

function between(from: Point, to: Point, share: number): [number, number] {
  return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
}
