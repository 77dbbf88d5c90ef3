import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { CliError } from '../CliError.ts';

/** A program that runs under this process: same input and output, and it does not outlive it. */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended = new AbortController();
  /** The code to exit with when the program has ended: 128 and the signal's number, if by one. */
  readonly exitCode: Promise<number>;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.exitCode = once(process, 'exit').then(([code, signal]) => {
      this.#ended.abort();
      return code ?? 128 + constants.signals[signal as NodeJS.Signals];
    });
  }

  /**
   * @throws CliError when there is no such program.
   */
  static async start(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Child> {
    const [program = '', ...rest] = await boundToParent(command);
    // A session of its own: Ctrl-C in a terminal reaches it when it is told to stop, not before.
    const child = spawn(program, rest, { env, stdio: 'inherit', detached: true });
    try {
      await once(child, 'spawn');
    } catch (cause) {
      throw new CliError(`cannot run ${command[0]}: ${(cause as Error).message}`, { cause });
    }
    return new Child(child);
  }

  /** Aborts when the program has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get pid(): number {
    // It has been spawned.
    return this.#process.pid as number;
  }

  /** Harmless when the program has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

const PARENT_DEATH = ['setpriv', '--pdeathsig', 'KILL'] as const;

/**
 * The command such that the kernel kills it when this process is gone, even by SIGKILL. Only Linux can,
 * and only by util-linux's setpriv; elsewhere the command is as it was.
 */
async function boundToParent(command: readonly string[]): Promise<readonly string[]> {
  const [setpriv, ...options] = PARENT_DEATH;
  const probe = spawn(setpriv, [...options, 'true'], { stdio: 'ignore' });
  const works = await once(probe, 'exit').then(
    ([code]) => code === 0,
    () => false,
  );
  return works ? [...PARENT_DEATH, ...command] : command;
}
