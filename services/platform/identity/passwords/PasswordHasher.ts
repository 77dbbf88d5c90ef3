import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { errorInfo, RpcError, RuntimeReason, Status } from '@weft/mesh/runtime';
import pLimit, { type LimitFunction } from 'p-limit';

/**
 * argon2id with 19 MiB, two passes and one lane.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
export const ARGON2ID = {
  // The package's enum `Algorithm` is empty at run time; this is its Argon2id.
  algorithm: 2,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;

/** Threads of libuv's pool, which files, DNS and signatures need too: one is left to them. */
const POOL_THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4;
/** More would wait for longer than anybody waits for an answer. */
const WAITING = 100;

/**
 * Hashes passwords on threads of their own, no more at a time than there are cores: each takes 19 MiB and some 40 ms of
 * one. More wait in line, and when the line is long they are refused.
 */
export class PasswordHasher {
  readonly #limit: LimitFunction;
  readonly #decoy: Promise<string>;

  /** @param concurrency Hashes at a time. Default: one a core, and one thread fewer than libuv's pool has. */
  constructor(concurrency = Math.min(availableParallelism(), Math.max(1, POOL_THREADS - 1))) {
    this.#limit = pLimit(concurrency);
    this.#decoy = this.hash(randomBytes(16).toString('hex'));
    // Who verifies hears of it.
    this.#decoy.catch(() => {});
  }

  /**
   * @returns PHC's form, such as "$argon2id$v=19$m=19456,t=2,p=1$...".
   * @throws RpcError RESOURCE_EXHAUSTED when too many wait already.
   */
  async hash(password: string): Promise<string> {
    return this.#inLine(() => hash(normalized(password), ARGON2ID));
  }

  /**
   * Whether a password is the one of a hash. Without a hash it is not, and takes as long to find out.
   *
   * @throws RpcError RESOURCE_EXHAUSTED when too many wait already.
   */
  async verify(known: string | undefined, password: string): Promise<boolean> {
    const against = known ?? (await this.#decoy);
    const matches = await this.#inLine(() => verify(against, normalized(password)));
    return matches && known !== undefined;
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount < WAITING) return this.#limit(work);
    throw new RpcError(Status.RESOURCE_EXHAUSTED, 'too many sign in at once', {
      details: [
        errorInfo(RuntimeReason.OVERLOADED),
        { type: 'google.rpc.RetryInfo', value: { retryDelay: { seconds: 1, nanos: 0 } } },
      ],
    });
  }
}

/** The same characters in another encoding are the same password (NIST SP 800-63B, 3.1.1.2). */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
