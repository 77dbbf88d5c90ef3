/** Where something that may take long tells of itself, and learns that it is no longer wanted. */
export interface Progress {
  /** Tells the user one line of what is going on. */
  report(line: string): void;
  readonly signal: AbortSignal;
}

/** Writes each line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
