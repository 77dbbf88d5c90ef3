/**
 * What is kept of one line. VictoriaLogs takes 256 KiB of JSON (`-insert.maxLineSizeBytes`), and a character takes three bytes of
 * it at most once controls have been replaced: message and fields together stay below.
 */
export const limits = {
  /** Characters (UTF-16) of the message. */
  message: 32_768,
  /** Characters of the names and values of all fields together. */
  fields: 40_960,
  /** Characters of one value. */
  value: 8_192,
  /** Characters of a field's name. */
  name: 128,
  /** Fields of one line. */
  count: 100,
  /** Different names of fields of one service: VictoriaLogs keeps a column for each. */
  names: 500,
  /** How much before its taking in a line may say it was written, in nanoseconds. */
  late: 3_600_000_000_000n,
  /** How much after it, for clocks that are fast. */
  early: 600_000_000_000n,
} as const;
