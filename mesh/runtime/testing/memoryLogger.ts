import type { DestinationStream, Logger } from 'pino';
import { createLogger } from '../logging/createLogger.ts';

/** A logger that keeps its lines. */
export function memoryLogger(lines: Record<string, unknown>[]): Logger {
  const destination: DestinationStream = { write: (line) => lines.push(JSON.parse(line)) };
  return createLogger({ level: 'debug', base: {}, destination });
}
