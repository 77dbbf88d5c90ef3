import type { Progress } from '../Progress.ts';

/** Says nothing and is never interrupted. */
export const quiet: Progress = { report: () => {}, signal: new AbortController().signal };
