import type { BenchMesh } from './BenchMesh.ts';

/** One table of `make bench`: contenders measured in turn under the same load. */
export interface Suite {
  /** What ONLY= names, such as "unary". */
  readonly name: string;
  /** Services of the mesh that it measures; what they call runs too, and nothing else does. Default: none. */
  readonly services?: readonly string[];
  /** Makes the contenders ready. `cleanup` takes what must be stopped, in reverse order. */
  prepare(options: SuiteOptions, cleanup: AsyncDisposableStack): Promise<Case[]>;
}

export interface SuiteOptions {
  /** The mesh that all suites share, with this one's services. It is started when it is first asked for. */
  mesh(): Promise<BenchMesh>;
  /** Length of one contender's turn in one round. */
  readonly seconds: number;
  /** Peers to measure, by file name; undefined: all. */
  readonly peers: readonly string[] | undefined;
  /** Says on the terminal what goes on. */
  readonly progress: (text: string) => void;
  /** Aborts when the benchmark is interrupted. */
  readonly signal: AbortSignal;
}

/** One comparison: the contenders take turns, round by round, so that noise hits all alike. */
export interface Case {
  /** Such as "unary, 32 in flight, small". */
  readonly title: string;
  /** Unit of the measured value, such as "calls/s". */
  readonly unit: string;
  readonly contenders: readonly Contender[];
  /** Name of the contender that ratios are to; undefined: no ratios. */
  readonly baseline?: string;
  /** Extra figures, such as "p50 us", that are also shown as what is added to the baseline's. Default: none. */
  readonly added?: readonly string[];
  /** Extra figures whose ratio to the baseline's is shown too, such as "MB at rest". Default: none. */
  readonly ratios?: readonly string[];
  /** At most this many rounds, for turns that take long whatever `seconds` is. Default: as many as asked for. */
  readonly mostRounds?: number;
  /** What the contenders' sizes count, such as "services": the picture then has lines over them, and no bars. */
  readonly sizes?: string;
  /** Length of each contender's warm-up, in seconds; 0: none. Default: one turn, at most 2. */
  readonly warmUpSeconds?: number;
}

export interface Contender {
  readonly name: string;
  /** Of what the case calls `sizes`. */
  readonly size?: number;
  /** One turn. */
  turn(seconds: number): Promise<Measurement>;
}

export interface Measurement {
  /** In the case's unit. */
  readonly value: number;
  /** Failed operations: one is enough to take the ratio away. */
  readonly errors: number;
  /** Further figures to print, such as { "p50 us": 210 }. */
  readonly extra?: Readonly<Record<string, number>>;
}

/** All turns of one contender in one case. */
export interface Result {
  readonly name: string;
  readonly size?: number | undefined;
  readonly values: readonly number[];
  readonly errors: number;
  readonly extra: Readonly<Record<string, readonly number[]>>;
}

export interface CaseResult {
  readonly suite: string;
  readonly title: string;
  readonly unit: string;
  readonly baseline: string | undefined;
  readonly added?: readonly string[] | undefined;
  readonly ratios?: readonly string[] | undefined;
  readonly sizes?: string | undefined;
  readonly results: readonly Result[];
}
