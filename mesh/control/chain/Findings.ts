/** What an evaluation of config entries came upon. */
export class Findings {
  /** Services whose entries were looked at, also where there were none. */
  readonly visited = new Set<string>();
  readonly #warnings = new Set<string>();

  /** @param entry Such as "service-splitter/web". */
  warn(entry: string, what: string): void {
    this.#warnings.add(`${entry}: ${what}`);
  }

  /** Sorted, each once. */
  get warnings(): string[] {
    return [...this.#warnings].sort();
  }
}
