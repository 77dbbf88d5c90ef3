/** Options of `weft logs`; times in milliseconds since the epoch. */
export interface LogsFlags {
  readonly level?: string;
  readonly trace?: string;
  readonly text?: string;
  readonly field: string[];
  readonly instance?: string;
  readonly since: number;
  readonly until?: number;
  readonly lines: number;
  readonly follow?: true;
  readonly after?: string;
  readonly context?: string;
  readonly json?: true;
}
