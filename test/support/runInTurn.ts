import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Files of tests that run together. */
export interface Part {
  readonly files: readonly string[];
  /** How many of them run at once. */
  readonly concurrency: number;
}

/** Of Node's runner, for its reporters. */
export interface TestEvent {
  readonly type: string;
  readonly data: unknown;
}

/** A bound for a broken system, of each test and of a file of them: one may have to build what it needs first. */
const TIMEOUT_MS = 900_000;
const execArgv = ['--import', fileURLToPath(new URL('endInTime.ts', import.meta.url))];
/** What Node's runner says at the end of a run, such as "tests 12". */
const COUNT = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

/**
 * Runs parts one after the other, whatever fails, as one run for whoever reads the events: with one count of all, and
 * one list of what has failed, at the end.
 *
 * @param timeoutMs Of each test. Default: a quarter of an hour, a bound for a broken system.
 * @returns whether all have passed.
 */
export async function* runInTurn(
  parts: readonly Part[],
  timeoutMs = TIMEOUT_MS,
): AsyncGenerator<TestEvent, boolean> {
  const counts = new Map<string, number>();
  const summaries: TestEvent[] = [];
  for (const { files, concurrency } of parts) {
    if (files.length === 0) continue;
    const options = { files: [...files], concurrency, timeout: timeoutMs, execArgv };
    for await (const event of run(options)) {
      const count = countIn(event);
      if (count) counts.set(count.name, (counts.get(count.name) ?? 0) + count.value);
      else if (isSummary(event)) summaries.push(event);
      else yield event;
    }
  }
  for (const [name, value] of counts) {
    const data = { nesting: 0, message: `${name} ${value}`, level: 'info' };
    yield { type: 'test:diagnostic', data };
  }
  yield* summaries.slice(-1);
  return summaries.every(({ data }) => (data as { success: boolean }).success);
}

/** Whether it sums up a run, and not a file. */
function isSummary({ type, data }: TestEvent): boolean {
  return type === 'test:summary' && (data as { file?: string }).file === undefined;
}

function countIn({ type, data }: TestEvent): { name: string; value: number } | undefined {
  if (type !== 'test:diagnostic') return undefined;
  const { nesting, message } = data as { nesting: number; message: string };
  const [, name, value] = (nesting === 0 && COUNT.exec(message)) || [];
  return name === undefined ? undefined : { name, value: Number(value) };
}
