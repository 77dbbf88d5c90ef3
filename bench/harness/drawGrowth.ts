import type { CaseResult } from './Suite.ts';
import { median } from './statistics.ts';
import { escapeXml, label, round } from './svg.ts';

const COLUMNS = 3;
const PANEL = { width: 250, height: 170 };
/** Room of a panel around its plot, for the texts. */
const MARGIN = { left: 25, right: 35, top: 40, bottom: 30 };

interface Point {
  readonly size: number;
  readonly values: readonly number[];
}

/**
 * A case whose contenders differ in size: for the measured value and each extra figure a plot of its own, the medians
 * joined by a line, and at each a stroke from the least to the greatest round. Sizes are on a logarithmic scale, the
 * figures on one that begins at 0, so that a cost which does not grow is a level line.
 *
 * @param top Where to begin.
 * @returns its elements, and where it ends.
 */
export function drawGrowth(
  { unit, sizes, results }: CaseResult,
  top: number,
): { readonly parts: string[]; readonly bottom: number } {
  const extras = [...new Set(results.flatMap(({ extra }) => Object.keys(extra)))];
  const figures = [unit, ...extras].map((name, index) => {
    const points = results.map(({ size = Number.NaN, values, extra }): Point => {
      return { size, values: index === 0 ? values : (extra[name] ?? []) };
    });
    return { name, points: points.filter(({ values }) => values.length > 0) };
  });
  const parts = figures.flatMap(({ name, points }, index) => {
    const left = (index % COLUMNS) * PANEL.width;
    const above = top + Math.floor(index / COLUMNS) * PANEL.height;
    return drawPanel(`${name}, by ${sizes}`, points, left, above);
  });
  const rows = Math.ceil(figures.length / COLUMNS);
  return { parts, bottom: top + rows * PANEL.height };
}

function drawPanel(title: string, points: readonly Point[], left: number, top: number): string[] {
  const sizes = points.map(({ size }) => Math.log(size));
  const [least, greatest] = [Math.min(...sizes), Math.max(...sizes)];
  const largest = Math.max(...points.flatMap(({ values }) => values)) || 1;
  const [width, height] = [
    PANEL.width - MARGIN.left - MARGIN.right,
    PANEL.height - MARGIN.top - MARGIN.bottom,
  ];
  const base = top + MARGIN.top + height;
  const x = (size: number) =>
    round(left + MARGIN.left + ((Math.log(size) - least) / (greatest - least || 1)) * width);
  const y = (value: number) => round(base - (value / largest) * height);
  const curve = points.map(({ size, values }) => `${x(size)},${y(median(values))}`).join(' ');
  return [
    `<text x="${left + 10}" y="${top + 14}" class="value">${escapeXml(title)}</text>`,
    `<line x1="${left + MARGIN.left}" x2="${left + MARGIN.left + width}" y1="${base}" y2="${base}" class="axis"/>`,
    `<polyline points="${curve}" class="curve"/>`,
    ...points.flatMap(({ size, values }) => [
      `<line x1="${x(size)}" x2="${x(size)}" y1="${y(Math.min(...values))}" y2="${y(Math.max(...values))}" class="spread"/>`,
      `<circle cx="${x(size)}" cy="${y(median(values))}" r="3.5" class="weft"/>`,
      `<text x="${x(size)}" y="${y(Math.max(...values)) - 6}" class="point">${label(median(values))}</text>`,
      `<text x="${x(size)}" y="${base + 15}" class="point">${label(size)}</text>`,
    ]),
  ];
}
