import { escapeLine } from './escapeControls.ts';

/** Lines of columns as wide as their widest cell, under their titles. A cell is text of others, and stays one line. */
export function table(titles: readonly string[], contents: readonly (readonly string[])[]): string {
  const rows = contents.map((row) => row.map(escapeLine));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [titles, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
