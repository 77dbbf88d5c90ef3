import { MICROS_PER_MINUTE, MICROS_PER_SECOND, type Micros } from '../../../../kit/time.ts';
import { SourceError } from '../TickSource.ts';
import type { FileFacts } from './FileFacts.ts';
import { readRows } from './readRows.ts';
import { TICKS_PER_BAR } from './splitBar.ts';

const MAX_BAD_ROWS_SHOWN = 10;
const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

/**
 * Reads a whole file, and tells what is in it.
 *
 * @throws SourceError when there is no header that can be understood, or not one good row.
 */
export async function inspectFile(file: string): Promise<FileFacts> {
  const inspectedUs = Date.now() * 1000;
  const badRows: string[] = [];
  let badRowCount = 0;
  let rowCount = 0;
  let isBars = false;
  let stepUs = Number.POSITIVE_INFINITY;
  let beforeUs = Number.NaN;
  const parts = readRows(file, inspectedUs, {
    header: (reader) => {
      isBars = reader.readsBars;
    },
    row: ({ atUs }) => {
      rowCount++;
      const step = Math.abs(atUs - beforeUs);
      if (step > 0 && step < stepUs) stepUs = step;
      beforeUs = atUs;
    },
    badRow: (problem) => {
      badRowCount++;
      if (badRows.length < MAX_BAD_ROWS_SHOWN) badRows.push(problem);
    },
  });
  for await (const _ of parts);

  if (rowCount === 0) {
    throw new SourceError(badRows[0] ?? 'the file has a header and no rows');
  }
  return {
    inspectedUs,
    intervalUs: isBars ? intervalOf(stepUs, beforeUs) : 0,
    tickCount: rowCount * (isBars ? TICKS_PER_BAR : 1),
    badRowCount,
    badRows,
  };
}

/** A file with one time only does not tell how long its bar is: a day if it begins at midnight, else a minute. */
function intervalOf(stepUs: Micros, onlyUs: Micros): Micros {
  if (Number.isFinite(stepUs)) return stepUs;
  return onlyUs % MICROS_PER_DAY === 0 ? MICROS_PER_DAY : MICROS_PER_MINUTE;
}
