import { ConsulError } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { tokenHint } from './tokenHint.ts';

/** Says on stderr what went wrong, in a line; with WEFT_DEBUG set, also where. Answers the exit code. */
export function reportFailure(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`weft: ${message}${hint(error)}\n`);
  if (process.env.WEFT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof CliError ? error.exitCode : 1;
}

function hint(error: unknown): string {
  if (!(error instanceof ConsulError)) return '';
  if (error.statusCode === 403) return `\n${tokenHint()}`;
  const isUnreachable = error.statusCode === undefined;
  return isUnreachable ? '\nIs the mesh up (make up), and CONSUL_HTTP_ADDR right?' : '';
}
