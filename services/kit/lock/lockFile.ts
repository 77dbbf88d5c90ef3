import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Of the flock program, for a lock that another holds. */
const HELD = 1;

export interface LockOptions {
  /** Is called once when another process holds it, which is then waited for. */
  readonly onWait: () => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Seconds after which it is asked for anew: a program that waits is left behind for so long by a process that is killed. Default 2. */
  readonly trySeconds?: number;
}

/** A lock that is held for as long as this process lives, or until it is disposed of. */
export interface HeldLock extends AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Takes a lock that one process of this machine has at a time, and waits while another has it. The kernel keeps it: it goes with
 * the process that holds it, however that ends, and stays with one that stands still.
 *
 * It is that of flock(2) on an open file, which Node cannot ask for; the program of that name does, on the descriptor that it
 * inherits, and the lock is this process's from then on.
 *
 * @param file Is made where it is missing, with its folder, closed to others. It stays: who removed it would let a second one in.
 * @throws what the signal was aborted for, and Error when it cannot be locked.
 * @see https://man7.org/linux/man-pages/man2/flock.2.html
 */
export async function lockFile(
  file: string,
  { onWait, signal, trySeconds = 2 }: LockOptions,
): Promise<HeldLock> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, constants.O_CREAT | constants.O_RDWR, 0o600);
  const lock = { [Symbol.asyncDispose]: () => handle.close() };
  try {
    if (await flock(handle.fd, '--nonblock', signal)) return lock;
    onWait();
    while (!(await flock(handle.fd, `--wait=${trySeconds}`, signal)));
    return lock;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @returns whether it holds the lock. */
async function flock(descriptor: number, how: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const program = spawn('flock', ['--exclusive', how, '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
  });
  const end = () => program.kill();
  signal.addEventListener('abort', end, { once: true });
  try {
    let said = '';
    program.stderr?.on('data', (text) => {
      said += text;
    });
    const [code] = await once(program, 'close');
    signal.throwIfAborted();
    if (code === 0) return true;
    if (code === HELD) return false;
    throw new Error(`flock ends with ${code}: ${said.trim()}`);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
