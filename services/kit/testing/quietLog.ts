import type { Log } from '../Log.ts';

/** A log for tests that nobody reads. */
export const quietLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
