/** What an evaluation of config entries came upon. */
export class Findings {
  /** Services whose entries were looked at, also where there were none. */
  readonly visited = new Set<string>();
  /** Consul has not told yet what it makes of a filter that decides here. */
  isPending = false;
  readonly #warnings = new Set<string>();
  readonly #unresolved = new Set<string>();

  /** @param entry Such as "service-splitter/web". */
  warn(entry: string, what: string): void {
    this.#warnings.add(`${entry}: ${what}`);
  }

  /** What refers to something that is not there, as between the writes of two entries that belong together. */
  unresolvedReference(entry: string, what: string): void {
    this.#unresolved.add(`${entry}: ${what}`);
    this.warn(entry, what);
  }

  /** Sorted, each once. */
  get warnings(): string[] {
    return [...this.#warnings].sort();
  }

  /** Sorted, each once. Empty: all that the entries refer to is there. */
  get unresolved(): string[] {
    return [...this.#unresolved].sort();
  }
}
