import { DatabaseUnavailableError } from '../database/DatabaseUnavailableError.ts';

/**
 * Whether it is the service's own database that is away, and nothing about the event: its turn does not pass. What another service
 * has failed a handler's call with is none of it.
 */
export function isOfTheMoment(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Connections, and the server's shutdown: https://www.postgresql.org/docs/18/errcodes-appendix.html
  return (
    /^(08|57P|ECONN|EPIPE)/.test(code) ||
    /Connection terminated|is not queryable/.test(String(error))
  );
}
