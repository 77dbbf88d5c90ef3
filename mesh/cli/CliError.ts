/** A failure that the one sentence explains; it needs no stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** What the process exits with: 1, or 2 when the command was wrong. */
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
