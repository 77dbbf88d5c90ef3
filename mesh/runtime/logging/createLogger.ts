import { outputLogger } from '@weft/mesh/logging';
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino';
import { CallScope } from '../rpc/CallScope.ts';

export interface LogOptions {
  /** trace, debug, info, warn, error, fatal or silent. */
  readonly level: string;
  /** Fields that every line carries, such as { service, instance }. */
  readonly base: Readonly<Record<string, string | number>>;
  /** Default: 1, standard output. */
  readonly fd?: number;
  /** Is given the lines too. Default: nobody. */
  readonly also?: DestinationStream;
  /** Takes the lines instead. */
  readonly destination?: DestinationStream;
}

/**
 * A logger that writes one JSON object a line, with the level as a word and the time as ISO 8601. A line written
 * while a call is served carries the call's trace id.
 */
export function createLogger({ level, base, fd, also, destination }: LogOptions): Logger {
  const options: LoggerOptions = {
    level,
    base,
    timestamp: stdTimeFunctions.isoTime,
    mixin: () => {
      const span = CallScope.current()?.span;
      return span ? { traceId: span.spanContext().traceId } : {};
    },
    formatters: { level: (label) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : outputLogger(options, fd, also);
}
