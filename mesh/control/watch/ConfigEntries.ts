/** All config entries of one kind, by name. */
export interface ConfigEntries<T> {
  readonly entries: ReadonlyMap<string, ConfigEntry<T>>;
}

export interface ConfigEntry<T> {
  /** Changes with every write of the entry. */
  readonly revision: string;
  /** Undefined: what the entry says cannot be read, and never could. */
  readonly value: T | undefined;
  /** What the value was read from, as Consul's API has it. */
  readonly raw?: object | undefined;
  /** Why its newest form is not in force. */
  readonly refused: string | undefined;
}
