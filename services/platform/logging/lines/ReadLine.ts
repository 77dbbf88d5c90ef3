import type { Level } from './StoredLine.ts';

/** What a line says, whichever way it was sent. */
export interface ReadLine {
  /** Nanoseconds since the epoch; undefined: it does not say. */
  readonly time: bigint | undefined;
  readonly level: Level;
  readonly message: string;
  readonly traceId: string | undefined;
  /** The service that it says it is of. */
  readonly service: string | undefined;
  readonly instance: string | undefined;
  /** All else, objects in objects. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** It is not of the form that it should have. */
  readonly unparsed?: true;
}
