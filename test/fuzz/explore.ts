import type { Coverage } from './Coverage.ts';
import { Dice } from './Dice.ts';
import { type FuzzTarget, timeLimitMs } from './FuzzTarget.ts';
import { mutate } from './mutate.ts';
import { shrink } from './shrink.ts';

/** An input that shows that something does not hold. */
export interface Finding {
  readonly input: Uint8Array;
  readonly problem: string;
}

export interface Progress {
  readonly inputs: number;
  /** Inputs that were worth keeping. */
  readonly corpus: number;
  /** Pieces of code that were executed. */
  readonly pieces: number;
  /** Different things that the checks have told. */
  readonly features: number;
}

export interface ExploreOptions {
  readonly target: FuzzTarget;
  readonly coverage: Coverage;
  /** Where to begin. */
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  /** Ends the run, as performance.now() tells it. */
  readonly until: number;
  /** Ends the run as well. Default: no limit. */
  readonly maxInputs?: number;
  /** Told of each input before it is tried: it may be the last thing this process does. */
  trying?(input: Uint8Array): void;
  /** Told of an input that has led somewhere new. */
  kept?(input: Uint8Array): void;
  /** Called after each batch. */
  progress?(progress: Progress): void;
}

/**
 * Taking coverage costs as much as many inputs, so those of so many milliseconds are looked at together, and by halves where
 * that shows something new.
 */
const BATCH_MS = 150;
const MAX_BATCH = 1_024;
const SHRINK_MS = 20_000;
/** Of the heap and of buffers. A target keeps nothing from one input to the next. */
const MOST_BYTES = 1_500 * 2 ** 20;
const MAX_LENGTH = 4_096;

/** Tries inputs made of those that have led somewhere new, until one shows a fault or the time is over. */
export async function explore(options: ExploreOptions): Promise<Finding | undefined> {
  const { target, coverage, until, maxInputs = Number.POSITIVE_INFINITY } = options;
  const dice = new Dice(options.seed);
  const corpus: Uint8Array[] = [new Uint8Array()];
  const features = new Set<string>();
  const material = {
    dice,
    corpus,
    words: (target.words ?? []).map((word) => Buffer.from(word)),
    maxLength: target.maxLength ?? MAX_LENGTH,
  };
  let inputs = 0;

  /** @returns why the input is a finding. */
  const attempt = async (input: Uint8Array): Promise<{ problem?: string; isNew: boolean }> => {
    options.trying?.(input);
    inputs += 1;
    const began = process.cpuUsage();
    let isNew = false;
    try {
      const checked = target.check(input);
      for (const feature of (checked instanceof Promise ? await checked : checked) ?? []) {
        isNew ||= !features.has(feature);
        features.add(feature);
      }
    } catch (error) {
      return { problem: describe(error), isNew };
    }
    if (cpuMsSince(began) <= timeLimitMs(input)) return { isNew };
    return { ...(await slowness(target, input)), isNew };
  };

  const kept = new Set<Uint8Array>();
  const keep = (input: Uint8Array) => {
    if (kept.has(input)) return;
    kept.add(input);
    corpus.push(input);
    options.kept?.(input);
  };
  const told = () =>
    options.progress?.({
      ...{ inputs, corpus: corpus.length, pieces: coverage.pieces, features: features.size },
    });

  /** Tries inputs. @returns the first finding. */
  const attemptAll = async (group: readonly Uint8Array[]): Promise<Finding | undefined> => {
    for (const input of group) {
      const { problem, isNew } = await attempt(input);
      if (problem !== undefined) return smallest(target, input, problem);
      if (isNew) keep(input);
    }
    return undefined;
  };

  /** Keeps those of a group that have led somewhere new. */
  const isolate = async (group: readonly Uint8Array[]): Promise<Finding | undefined> => {
    const isOne = group.length === 1;
    const finding = await attemptAll(group);
    if (finding || !coverage.look(isOne)) return finding;
    const [first] = group;
    if (isOne) return void (first && keep(first));
    const half = group.length >> 1;
    return (await isolate(group.slice(0, half))) ?? (await isolate(group.slice(half)));
  };

  const isOver = () => performance.now() >= until || inputs >= maxInputs;
  const begun = await attemptAll(options.corpus);
  if (begun) return begun;
  corpus.push(...options.corpus);
  // Half of all inputs are made of these, however many others come: each was put there for what lies near it.
  const begins = [...corpus];
  coverage.look(true);
  told();
  while (!isOver()) {
    const batch: Uint8Array[] = [];
    const began = performance.now();
    while (performance.now() - began < BATCH_MS && batch.length < MAX_BATCH && !isOver()) {
      const input = mutate(dice.pick(dice.below(2) === 0 ? begins : corpus), material);
      batch.push(input);
      const finding = await attemptAll([input]);
      if (finding) return finding;
    }
    if (coverage.look(false)) {
      const finding = await isolate(batch);
      if (finding) return finding;
    }
    if (bytesInUse() > MOST_BYTES) {
      // What nobody has collected yet is not in use.
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
      const bytes = bytesInUse();
      const input = batch.at(-1) ?? new Uint8Array();
      if (bytes > MOST_BYTES) return { input, problem: `memory: ${bytes} bytes are in use` };
    }
    told();
    // A target that waits for nothing would let nothing else of this process happen.
    await new Promise((resolve) => setImmediate(resolve));
  }
  told();
  return undefined;
}

function bytesInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Of this process: a neighbour that is busy is nobody's fault. */
function cpuMsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

/** What takes long once may have met the compiler, or the garbage collector. */
async function slowness(target: FuzzTarget, input: Uint8Array): Promise<{ problem?: string }> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const began = process.cpuUsage();
    await target.check(input);
    times.push(cpuMsSince(began));
  }
  const least = Math.min(...times);
  if (least <= timeLimitMs(input)) return {};
  return { problem: `time: ${input.length} bytes take ${least.toFixed(0)} ms each time` };
}

async function smallest(target: FuzzTarget, input: Uint8Array, problem: string): Promise<Finding> {
  if (/^(time|memory):/.test(problem)) return { input, problem };
  let last = problem;
  const kind = kindOf(problem);
  const fails = async (candidate: Uint8Array): Promise<boolean> => {
    try {
      await target.check(candidate);
      return false;
    } catch (error) {
      const described = describe(error);
      if (kindOf(described) !== kind) return false;
      last = described;
      return true;
    }
  };
  const shrunk = await shrink(input, fails, performance.now() + SHRINK_MS);
  // Once more, for what it says of the smallest.
  const still = await fails(shrunk);
  return { input: shrunk, problem: still ? last : `${problem}\n(not each time)` };
}

/** What two findings of one fault have in common: how the words begin, and where in the target they were thrown. */
function kindOf(problem: string): string {
  const [words = ''] = problem.split('\n');
  const place = /targets\/\w+\.ts:\d+/.exec(problem)?.[0];
  return `${words.replaceAll(/\d+|"[^"]*"/g, '').slice(0, 40)} ${place}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
