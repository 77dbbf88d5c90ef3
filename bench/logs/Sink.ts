/** Who takes lines and is asked for them. */
export interface Sink {
  /** Sends a batch of lines; resolves when they are taken. */
  send(batch: Batch): Promise<unknown>;
  /** Resolves when all that was sent is stored. */
  settle(): Promise<void>;
  /** How many lines there are, up to 100, the newest first. */
  find(query: Query): Promise<number>;
}

/** The same lines in both forms. */
export interface Batch {
  readonly pino: readonly string[];
  readonly store: Buffer;
}

/** What is asked for; times in ms since the epoch. */
export type Query = { readonly from: number; readonly to: number } & (
  | { readonly traceId: string }
  | { readonly word: string }
  | { readonly service: string }
);

/** Lines that one query answers. */
export const PAGE = 100;
