/** Words for levels, the least first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

/** What was done to a line: see logging.v1.LogMark. */
export const MARKS = [
  'service_corrected',
  'time_corrected',
  'truncated',
  'fields_dropped',
  'redacted',
  'unparsed',
] as const;
export type Mark = (typeof MARKS)[number];

/** What the names of a sender's own fields begin with in the store, so that they meet none of ours. */
export const FIELD_PREFIX = 'fields.';

/**
 * A line as the journal and VictoriaLogs hold it, beside the sender's fields under FIELD_PREFIX.
 *
 * @see https://docs.victoriametrics.com/victorialogs/keyconcepts/#data-model
 */
export interface StoredLine {
  /** Microseconds since the epoch when it was taken in, made unique: each line has a larger one than all before it. */
  readonly position: number;
  /** RFC 3339 with nine digits of a second. */
  readonly _time: string;
  readonly _msg: string;
  readonly service: string;
  readonly instance: string;
  readonly level: Level;
  readonly traceId?: string;
  /** Several are joined by commas. */
  readonly marks?: string;
  /** Of the process that sent it, with its place there: what is sent again is known by them. */
  readonly run?: string;
  readonly sequence?: number;
  readonly [field: `${typeof FIELD_PREFIX}${string}`]: string;
}
