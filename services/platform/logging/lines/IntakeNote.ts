import type { LeftOut } from '../ledger/Ledger.ts';
import type { StoredLine } from './StoredLine.ts';

/**
 * What the journal holds beside lines: how many of a batch are not among them, and why. It is appended with the batch at once, so
 * both are there after a crash or neither is, and goes nowhere else.
 */
export interface IntakeNote extends Pick<StoredLine, 'position' | 'service'> {
  /** First, so that notes can be told from lines without reading them. */
  readonly note: Partial<LeftOut>;
  /** Of the sender's process, with the place of the batch's last line there. */
  readonly run?: string;
  readonly sequence?: number;
}

const START = Buffer.from('{"note":');
const LINE_END = 0x0a;

/** Of lines of the journal, those that are no notes. */
export function withoutNotes(bytes: Buffer): Buffer {
  if (!bytes.includes(START)) return bytes;
  const kept: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, from) + 1 || bytes.length;
    const line = bytes.subarray(from, end);
    if (!line.subarray(0, START.length).equals(START)) kept.push(line);
    from = end;
  }
  return Buffer.concat(kept);
}
