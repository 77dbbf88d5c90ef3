import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, Progress } from './explore.ts';

/** What a child is told to do. */
export interface ChildOrder {
  readonly target: string;
  readonly isPlanted: boolean;
  readonly corpora: readonly string[];
  /** Folder for the inputs that led somewhere new. */
  readonly kept: string;
  /** File for the input that is being tried. */
  readonly lastInput: string;
  readonly seed: number;
  readonly ms: number;
  readonly maxInputs?: number;
}

/** What a child tells. */
export type ChildWord =
  | { readonly progress: Progress }
  | { readonly finding: { readonly problem: string; readonly input: string } }
  | { readonly isOver: true };

export type FuzzOptions = Omit<ChildOrder, 'lastInput' | 'kept'> & {
  /** Folder for the inputs that led somewhere new. Default: they are forgotten. */
  readonly kept?: string;
  readonly signal?: AbortSignal;
  progress?(progress: Progress): void;
};

export interface FuzzResult {
  readonly progress: Progress;
  readonly finding: Finding | undefined;
}

/** No input that is in order takes so long, nor does a finding to be made small. */
const HANGS_MS = 60_000;
/** To load the target, and to start its programs. */
const START_MS = 300_000;
/** Of the heap of a child: what wants more is a finding. */
const HEAP_MB = 2_048;

/** Fuzzes one target in a process of its own: an input that makes it hang or die is a finding too. */
export async function runTarget(options: FuzzOptions): Promise<FuzzResult> {
  const { signal, progress: told, kept, ...rest } = options;
  const folder = await mkdtemp(join(tmpdir(), 'weft-fuzz-'));
  try {
    const lastInput = join(folder, 'input');
    const order: ChildOrder = { ...rest, lastInput, kept: kept ?? join(folder, 'kept') };
    const child = fork(new URL('child.ts', import.meta.url), [JSON.stringify(order)], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`, '--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let progress: Progress = { inputs: 0, corpus: 0, pieces: 0, features: 0 };
    let outcome: ChildWord | undefined;
    let heardAt = performance.now();
    let isHanging = false;
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr = `${stderr}${text}`.slice(-4_000);
    });
    child.on('message', (word: ChildWord) => {
      heardAt = performance.now();
      if (!('progress' in word)) {
        outcome = word;
        return;
      }
      progress = word.progress;
      told?.(progress);
    });
    const stop = () => child.kill('SIGKILL');
    signal?.addEventListener('abort', stop, { once: true });
    const watch = setInterval(() => {
      const within = progress.inputs === 0 ? START_MS : HANGS_MS;
      if (performance.now() - heardAt < within) return;
      isHanging = true;
      stop();
    }, 1_000);
    const [code, died] = (await once(child, 'exit')) as [number | null, string | null];
    clearInterval(watch);
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
    if (outcome && 'finding' in outcome) {
      const { problem, input } = outcome.finding;
      return { progress, finding: { problem, input: Buffer.from(input, 'base64') } };
    }
    if (outcome) return { progress, finding: undefined };
    const input = await readFile(lastInput).catch(() => undefined);
    const how = isHanging ? 'hangs' : `ends with ${died ?? code}`;
    if (!input)
      throw new Error(`${options.target} cannot be fuzzed: its process ${how}\n${stderr}`);
    return { progress, finding: { input, problem: `the process ${how}\n${stderr}` } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
