import { SourceError } from '../SourceError.ts';
import type { FileFacts } from './FileFacts.ts';
import type { FileSettings } from './FileSettings.ts';
import { selectRows } from './selectRows.ts';
import { surveyFile } from './surveyFile.ts';

const MAX_BAD_ROWS_SHOWN = 10;

/**
 * Reads a whole file twice, and tells what is in it.
 *
 * @throws SourceError when there is no header that can be understood, or not one good row.
 */
export async function inspectFile(file: string, settings: FileSettings): Promise<FileFacts> {
  const inspectedUs = Date.now() * 1000;
  const selection = await surveyFile(file, settings, inspectedUs);
  const badRows: string[] = [];
  let badRowCount = 0;
  let rowCount = 0;
  const parts = selectRows(file, settings, selection, {
    row() {
      rowCount++;
    },
    badRow(problem) {
      badRowCount++;
      if (badRows.length < MAX_BAD_ROWS_SHOWN) badRows.push(problem);
    },
  });
  for await (const _ of parts);

  if (rowCount === 0) {
    throw new SourceError(badRows[0] ?? 'the file has a header and no rows');
  }
  return { ...selection, rowCount, badRowCount, badRows };
}
