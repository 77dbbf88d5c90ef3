import type { Micros } from '../../../../kit/time.ts';
import { SourceError } from '../SourceError.ts';
import { BarSteps } from './BarSteps.ts';
import type { FileSettings } from './FileSettings.ts';
import { quote, quoteAll } from './quote.ts';
import { readRows } from './readRows.ts';
import type { Selection } from './selectRows.ts';

/** A file of all the world's tickers is told by fewer. */
const MOST_SYMBOLS = 1_000;

/**
 * Reads a file to learn how its rows are to be taken: how long its bars are, and whether it has rows of other assets.
 *
 * @throws SourceError when it cannot be told, or when the asset is none of several that are in it.
 */
export async function surveyFile(
  file: string,
  { symbol, barLengthUs, timeZone }: FileSettings,
  inspectedUs: Micros,
): Promise<Selection> {
  const symbols = new Set<string>();
  const all = new BarSteps();
  const own = new BarSteps();
  let readsBars = false;
  let isNeeded = true;
  const parts = readRows(file, timeZone, inspectedUs, {
    header(reader) {
      readsBars = reader.readsBars;
      isNeeded = reader.readsSymbols || (readsBars && barLengthUs === 0);
    },
    row(row) {
      all.add(row);
      if (row.symbol === symbol) own.add(row);
      if (symbols.size < MOST_SYMBOLS || row.symbol === symbol) symbols.add(row.symbol);
      return undefined;
    },
  });
  for await (const _ of parts) if (!isNeeded) break;

  const hasOthers = symbols.size > 1;
  if (hasOthers && !symbols.has(symbol)) {
    throw new SourceError(
      `the file has rows of several assets, and none of ${quote(symbol)}: it has ${quoteAll([...symbols].slice(0, 10))}`,
    );
  }
  // Without a good row there is nothing to tell, and who counts the bad ones says why.
  const steps = hasOthers ? own : all;
  if (!readsBars) return { inspectedUs, barLengthUs: 0, hasOthers };
  const lengthUs = barLengthUs || (symbols.size > 0 ? steps.lengthUs() : 1);
  return { inspectedUs, barLengthUs: lengthUs, hasOthers };
}
