import { readFile } from 'node:fs/promises';

/** The end of a log, indented. */
export async function tailLog(file: string, lines = 25): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const end = text.trimEnd().split('\n').slice(-lines);
  return end.map((line) => `  ${line}\n`).join('');
}
