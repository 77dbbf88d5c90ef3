import type { Edit } from '../entries/editEntry.ts';
import { table } from '../output/table.ts';
import type { ServiceSplitter } from './splitService.ts';

/** Each subset's share of the service's traffic, before and now. */
export function formatChange({ before, after }: Edit<ServiceSplitter>): string {
  const names = new Set([...Object.keys(sharesOf(before)), ...Object.keys(sharesOf(after))]);
  const rows = [...names].map((name) => [
    name,
    sharesOf(before)[name] ?? '-',
    sharesOf(after)[name] ?? '-',
  ]);
  return table(['SUBSET', 'BEFORE', 'NOW'], rows);
}

/** The split as it is. */
export function formatSplit(splitter: ServiceSplitter): string {
  return table(['SUBSET', 'SHARE'], Object.entries(sharesOf(splitter)));
}

function sharesOf(splitter: ServiceSplitter | undefined): Record<string, string> {
  return Object.fromEntries(
    (splitter?.Splits ?? []).map(({ Weight, Service, ServiceSubset }) => [
      [Service, ServiceSubset].filter(Boolean).join(' ') || 'default',
      `${Weight}%`,
    ]),
  );
}
