import { drawGrowth } from './drawGrowth.ts';
import type { CaseResult } from './Suite.ts';
import { median } from './statistics.ts';
import { escapeXml, label, round } from './svg.ts';

const WIDTH = 760;
const LABEL = 250;
const BAR = 22;
const GAP = 8;
const SPACE = 28;

/** All cases as one SVG: bars, or lines where contenders differ in size. */
export function formatChart(cases: readonly CaseResult[]): string {
  const parts: string[] = [];
  let y = 30;
  for (const one of cases) {
    const title = one.sizes === undefined ? `${one.title} (${one.unit})` : one.title;
    parts.push(`<text x="10" y="${y}" class="title">${escapeXml(title)}</text>`);
    const draw = one.sizes === undefined ? drawBars : drawGrowth;
    const { parts: drawn, bottom } = draw(one, y + 12);
    parts.push(...drawn);
    y = bottom + SPACE;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}">
<title>Medians of the benchmark, with the spread of its rounds</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #222 }
  .title { font-weight: 600 } .label { text-anchor: end } .value { font-size: 12px }
  .point { font-size: 11px; text-anchor: middle } .axis { stroke: #b8c4cc }
  .curve { fill: none; stroke: #2a7f62; stroke-width: 2 }
  .weft { fill: #2a7f62 } .peer { fill: #b8c4cc } .spread { stroke: #222; stroke-width: 2 }
</style>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

/** A bar to each median, a line from the least to the greatest round. */
function drawBars(
  { results }: CaseResult,
  top: number,
): { readonly parts: string[]; readonly bottom: number } {
  const largest = Math.max(...results.flatMap(({ values }) => values));
  const scale = (value: number) => (value / largest) * (WIDTH - LABEL - 110);
  const parts = results.flatMap(({ name, values }, index) => {
    const y = top + index * (BAR + GAP);
    const centre = y + BAR / 2;
    const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)];
    return [
      `<text x="${LABEL - 8}" y="${centre + 4}" class="label">${escapeXml(name)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${round(scale(middle))}" height="${BAR}" class="${name.startsWith('Weft') ? 'weft' : 'peer'}"/>`,
      `<line x1="${round(LABEL + scale(low))}" x2="${round(LABEL + scale(high))}" y1="${centre}" y2="${centre}" class="spread"/>`,
      `<text x="${round(LABEL + scale(high) + 6)}" y="${centre + 4}" class="value">${label(middle)}</text>`,
    ];
  });
  return { parts, bottom: top + results.length * (BAR + GAP) };
}
