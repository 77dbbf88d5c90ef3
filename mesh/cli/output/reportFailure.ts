import { ConsulError } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';

/** Says on stderr what went wrong, in a line; with WEFT_DEBUG set, also where. Answers the exit code. */
export function reportFailure(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`weft: ${message}${hint(error)}\n`);
  if (process.env.WEFT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof CliError ? error.exitCode : 1;
}

function hint(error: unknown): string {
  const unreachable = error instanceof ConsulError && error.statusCode === undefined;
  return unreachable ? '\nIs the mesh up (make up), and CONSUL_HTTP_ADDR right?' : '';
}
