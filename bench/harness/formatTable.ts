import type { CaseResult, Result } from './Suite.ts';
import { median } from './statistics.ts';

/** A case as a Markdown table: median, spread (min to max), ratio to the baseline. */
export function formatTable(result: CaseResult): string {
  const extras = [...new Set(result.results.flatMap((one) => Object.keys(one.extra)))];
  const head = [result.unit, 'median', 'min to max', 'ratio', ...extras, 'errors'];
  const baseline = result.results.find((one) => one.name === result.baseline);
  const rows = result.results.map((one) => [
    one.name,
    format(median(one.values)),
    `${format(Math.min(...one.values))} to ${format(Math.max(...one.values))}`,
    ratio(one, baseline),
    ...extras.map((key) => format(median(one.extra[key] ?? []))),
    String(one.errors),
  ]);
  return `### ${result.title}\n\n${markdown([head, ...rows])}\n`;
}

/** Median of the rounds' own ratios, so that drift between rounds cancels; refused after an error. */
function ratio(one: Result, baseline: Result | undefined): string {
  if (!baseline || one === baseline) return '';
  if (one.errors > 0 || baseline.errors > 0) return 'refused: errors';
  const pairs = one.values.map((value, index) => value / (baseline.values[index] ?? Number.NaN));
  return median(pairs).toFixed(2);
}

function format(value: number): string {
  if (Number.isNaN(value)) return '';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}
