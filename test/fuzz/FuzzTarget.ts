/** What a check may tell beside its verdict: words for what it has seen, which steer where code coverage cannot. */
export type Features = readonly string[];

/** One part of Weft that reads what others write, and what must hold of it whatever they write. */
export interface FuzzTarget {
  /** Name of its folder in the corpus. */
  readonly name: string;
  /** Part of the paths of the sources whose coverage steers. Default: none, its features do. */
  readonly covers?: readonly string[];
  /** What inputs are made of beside random bytes. Default: nothing. */
  readonly words?: readonly string[];
  /** Longest input, in bytes. Default: 4,096. */
  readonly maxLength?: number;
  /** Starts what the checks need; it is stopped when the run ends. Default: nothing. */
  start?(): Promise<AsyncDisposable>;
  /**
   * Tries one input. Any bytes are an input.
   *
   * @throws when what must hold does not.
   */
  check(input: Uint8Array): Features | undefined | Promise<Features | undefined>;
}

/** A target, and the same with a fault that was put into the implementation on purpose: the fuzzer must find it. */
export interface FuzzTargetPair {
  readonly real: FuzzTarget;
  readonly planted: FuzzTarget;
  /** What is said of an input that shows that fault, and of no other. */
  readonly shows: RegExp;
}

/** Time of the processor that an input may take, in ms: quadratic work on the longest inputs takes more. */
export function timeLimitMs(input: Uint8Array): number {
  return 500 + 0.02 * input.length;
}
