import { ConfigError } from './ConfigError.ts';

/**
 * Reads environment variables one by one and keeps what is wrong with any of them: for the runtime's own, so that a
 * service without settings does without a library for schemas. A variable that is set but empty counts as not set.
 */
export class EnvironmentReader {
  readonly #env: NodeJS.ProcessEnv;
  readonly #wrong: string[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** Undefined: it is not set. */
  text(name: string): string | undefined {
    return this.#env[name] || undefined;
  }

  /** A text that `read` makes something of. Undefined: it is not set, or `read` throws. */
  read<T>(name: string, read: (text: string) => T): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return read(text);
    } catch (error) {
      this.#wrong.push(`  ${name}: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** A whole number, both ends included. */
  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    return this.read(name, (text) => {
      const value = Number(text);
      const isRight = Number.isSafeInteger(value) && value >= least && value <= most;
      const upTo = most === Number.MAX_SAFE_INTEGER ? ' or more' : ` to ${most}`;
      if (!isRight) throw new Error(`must be a whole number, ${least}${upTo}`);
      return value;
    });
  }

  /** @throws ConfigError that names every variable that is wrong, and never its value. */
  assertRight(): void {
    if (this.#wrong.length === 0) return;
    throw new ConfigError(`the environment cannot be used:\n${this.#wrong.join('\n')}`);
  }
}
