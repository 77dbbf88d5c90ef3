/** What an evaluation of config entries came upon. */
export class Findings {
  /** Services whose entries were looked at, also where there were none. */
  readonly visited = new Set<string>();
  readonly #warnings = new Set<string>();
  #hasUnresolved = false;

  /** Some entry leads nowhere, as between the writes of two entries that belong together. */
  get hasUnresolved(): boolean {
    return this.#hasUnresolved;
  }

  /** @param entry Such as "service-splitter/web". */
  warn(entry: string, what: string): void {
    this.#warnings.add(`${entry}: ${what}`);
  }

  /** What leads nowhere, and is left out. */
  unresolvedReference(entry: string, what: string): void {
    this.#hasUnresolved = true;
    this.warn(entry, what);
  }

  /** Sorted, each once. */
  get warnings(): string[] {
    return [...this.#warnings].sort();
  }
}
