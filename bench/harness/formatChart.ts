import type { CaseResult } from './Suite.ts';
import { median } from './statistics.ts';

const WIDTH = 760;
const LABEL = 250;
const BAR = 22;
const GAP = 8;

/** All cases as one SVG: a bar to each median, a line from the least to the greatest round. */
export function formatChart(cases: readonly CaseResult[]): string {
  const parts: string[] = [];
  let y = 30;
  for (const one of cases) {
    parts.push(
      `<text x="10" y="${y}" class="title">${escapeXml(`${one.title} (${one.unit})`)}</text>`,
    );
    y += 12;
    const largest = Math.max(...one.results.flatMap((result) => result.values));
    const scale = (value: number) => (value / largest) * (WIDTH - LABEL - 110);
    for (const result of one.results) {
      const middle = median(result.values);
      const [low, high] = [Math.min(...result.values), Math.max(...result.values)];
      const centre = y + BAR / 2;
      parts.push(
        `<text x="${LABEL - 8}" y="${centre + 4}" class="label">${escapeXml(result.name)}</text>`,
        `<rect x="${LABEL}" y="${y}" width="${round(scale(middle))}" height="${BAR}" class="${result.name.startsWith('Weft') ? 'weft' : 'peer'}"/>`,
        `<line x1="${round(LABEL + scale(low))}" x2="${round(LABEL + scale(high))}" y1="${centre}" y2="${centre}" class="spread"/>`,
        `<text x="${round(LABEL + scale(high) + 6)}" y="${centre + 4}" class="value">${Math.round(middle).toLocaleString('en-US')}</text>`,
      );
      y += BAR + GAP;
    }
    y += 28;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}">
<title>Medians of the benchmark, with the spread of its rounds</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #222 }
  .title { font-weight: 600 } .label { text-anchor: end } .value { font-size: 12px }
  .weft { fill: #2a7f62 } .peer { fill: #b8c4cc } .spread { stroke: #222; stroke-width: 2 }
</style>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
