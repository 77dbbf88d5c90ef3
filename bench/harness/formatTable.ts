import type { CaseResult, Result } from './Suite.ts';
import { median, medianInterval } from './statistics.ts';

/** A case as a Markdown table: median, spread (min to max), ratios to the baseline with their interval (95%). */
export function formatTable(result: CaseResult): string {
  const { results, added = [], ratios = [] } = result;
  const baseline = results.find((one) => one.name === result.baseline);
  const extras = [...new Set(results.flatMap((one) => Object.keys(one.extra)))];
  const columns: [string, (one: Result) => string][] = [
    [result.unit, (one) => one.name],
    ['median', (one) => format(median(one.values))],
    [
      'min to max',
      (one) => `${format(Math.min(...one.values))} to ${format(Math.max(...one.values))}`,
    ],
  ];
  if (baseline)
    columns.push([
      'ratio',
      (one) =>
        compare(
          one,
          baseline,
          ratioTo((each) => each.values),
        ),
    ]);
  for (const key of extras) {
    columns.push([key, (one) => format(median(one.extra[key] ?? []))]);
    if (baseline && added.includes(key)) {
      columns.push([`${key} added`, (one) => compare(one, baseline, addedTo(key))]);
    }
    if (baseline && ratios.includes(key)) {
      const values = (each: Result) => each.extra[key] ?? [];
      columns.push([`${key} ratio`, (one) => compare(one, baseline, ratioTo(values))]);
    }
  }
  columns.push(['errors', (one) => String(one.errors)]);
  const head = columns.map(([name]) => name);
  const rows = results.map((one) => columns.map(([, cell]) => cell(one)));
  return `### ${result.title}\n\n${markdown([head, ...rows])}\n`;
}

/** Refused after an error. */
function compare(
  one: Result,
  baseline: Result,
  how: (one: Result, baseline: Result) => string,
): string {
  if (one === baseline) return '';
  if (one.errors > 0 || baseline.errors > 0) return 'refused: errors';
  return how(one, baseline);
}

/** Median of the rounds' own ratios, so that drift between rounds cancels, and where it may lie. */
function ratioTo(
  valuesOf: (result: Result) => readonly number[],
): (one: Result, baseline: Result) => string {
  return (one, baseline) => {
    const others = valuesOf(baseline);
    const pairs = valuesOf(one).map((value, index) => value / (others[index] ?? Number.NaN));
    const interval = medianInterval(pairs)?.map((bound) => bound.toFixed(2));
    return `${median(pairs).toFixed(2)}${interval ? ` (${interval.join(' to ')})` : ''}`;
  };
}

/** Median of the rounds' own differences in an extra figure. */
function addedTo(key: string): (one: Result, baseline: Result) => string {
  return (one, baseline) => {
    const values = one.extra[key] ?? [];
    const pairs = values.map((value, i) => value - (baseline.extra[key]?.[i] ?? Number.NaN));
    return format(median(pairs));
  };
}

function format(value: number): string {
  if (Number.isNaN(value)) return '';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value === 0 ? '0' : value.toPrecision(3);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}
