import { table } from '../output/table.ts';
import type { ServiceSplitter, SplitChange } from './splitService.ts';

/** Each subset's share of the service's traffic, before and now, and what chooses besides. */
export function formatChange({ before, after, header }: SplitChange): string {
  const names = new Set([...Object.keys(sharesOf(before)), ...Object.keys(sharesOf(after))]);
  const rows = [...names].map((name) => [
    name,
    sharesOf(before)[name] ?? '-',
    sharesOf(after)[name] ?? '-',
  ]);
  const isGone = header.before !== undefined && header.before !== header.after;
  return [
    rows.length > 0 ? table(['SUBSET', 'BEFORE', 'NOW'], rows) : '',
    isGone ? `No more: ${choice(header.before)}` : '',
    header.after === undefined ? '' : choice(header.after),
  ].join('');
}

/** The split as it is. */
export function formatSplit(
  service: string,
  splitter: ServiceSplitter | undefined,
  header: string | undefined,
): string {
  const shares = splitter
    ? table(['SUBSET', 'SHARE'], Object.entries(sharesOf(splitter)))
    : `${service} is not split.\n`;
  return `${shares}${header === undefined ? '' : choice(header)}`;
}

/**
 * The command that brings back what was. Undefined: no command can, as for a split among services, which
 * somebody has written by hand.
 */
export function rollback(
  service: string,
  { before, header }: Pick<SplitChange, 'before' | 'header'>,
): string | undefined {
  const change = header.before === header.after ? '' : headerFlag(header.before);
  // Somebody may paste it into a shell.
  if (/[^a-zA-Z0-9 _.=-]/.test(change)) return undefined;
  if (!before) return header.before === undefined ? `weft split ${service} --clear` : undefined;
  if (before.Splits.some(({ Service, ServiceSubset }) => Service || !ServiceSubset)) {
    return undefined;
  }
  const shares = before.Splits.map(({ ServiceSubset, Weight }) => `${ServiceSubset}=${Weight}`);
  return `weft split ${service} ${shares.join(' ')}${change}`;
}

function headerFlag(header: string | undefined): string {
  return header === undefined ? ' --no-header' : ` --header ${header}`;
}

function choice(header: string | undefined): string {
  return `Calls whose header ${header} names a subset go there.\n`;
}

function sharesOf(splitter: ServiceSplitter | undefined): Record<string, string> {
  return Object.fromEntries(
    (splitter?.Splits ?? []).map(({ Weight, Service, ServiceSubset }) => [
      [Service, ServiceSubset].filter(Boolean).join(' ') || 'default',
      `${Weight}%`,
    ]),
  );
}
