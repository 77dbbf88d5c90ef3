import { ConsulError } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { print } from './print.ts';
import { tokenHint } from './tokenHint.ts';

/** Says on stderr what went wrong, in a line; with WEFT_DEBUG set, also where. Answers the exit code. */
export function reportFailure(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  print(`weft: ${message}${hint(error)}\n`, process.stderr);
  if (process.env.WEFT_DEBUG && error instanceof Error) print(`${error.stack}\n`, process.stderr);
  return error instanceof CliError ? error.exitCode : 1;
}

function hint(error: unknown): string {
  if (!(error instanceof ConsulError)) return '';
  if (error.statusCode === 403) return `\n${tokenHint()}`;
  const isUnreachable = error.statusCode === undefined;
  return isUnreachable ? '\nIs the mesh up (make up), and CONSUL_HTTP_ADDR right?' : '';
}
