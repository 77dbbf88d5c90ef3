import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ScenarioEnd } from './runScenario.ts';

export interface CrashOptions<Setting> {
  /** A script that calls runScenario(). */
  readonly script: string;
  /** Makes what one run works on, such as empty databases; it is told to the script as JSON. */
  prepare(): Promise<Setting>;
  /** Holds what has become of it against what must be. @throws when it is not so. */
  check(setting: Setting): Promise<void>;
  /**
   * At how many of the steps it dies, spread over all, unless WEFT_CRASH_POINTS ("all" or a number) says it. Default 8.
   * WEFT_CRASH_STEPS ("120" or "100-199") says instead which they are: to have one that has failed again, or to go through
   * all in parts.
   */
  readonly points?: number;
}

/** A bound for a broken system. */
const RUN_MS = 60_000;

/**
 * Runs a scenario to its end and counts its steps (database statements, requests to NATS); then once for each of some, or
 * all, of them: it is killed there by SIGKILL, started again, and when it has come to its end `check` decides.
 *
 * @returns the steps that it was killed at.
 * @throws Error that names the step, with what `check` has thrown.
 */
export async function crashAtPoints<Setting>(options: CrashOptions<Setting>): Promise<number[]> {
  const { prepare, check } = options;
  const setting = await prepare();
  const whole = await run(options, setting, undefined);
  if (!whole) throw new Error('the scenario dies by itself');
  await check(setting);
  const steps = wantedSteps(whole.points) ?? spread(whole.points, wantedPoints(options.points));
  for (const step of steps) {
    if (isLong(steps.length)) process.stderr.write(`killed at step ${step} of ${whole.points}\n`);
    const made = await prepare();
    try {
      await run(options, made, step);
      if (!(await run(options, made, undefined))) throw new Error('it dies again by itself');
      await check(made);
    } catch (cause) {
      throw new Error(`killed at step ${step} of ${whole.points}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return steps;
}

/** Who waits for that many wants to see that it goes on. */
function isLong(steps: number): boolean {
  return steps > 10;
}

function wantedPoints(points = 8): number {
  const { WEFT_CRASH_POINTS: wanted = points } = process.env;
  return wanted === 'all' ? Number.POSITIVE_INFINITY : Number(wanted);
}

/** Undefined: nobody has named any. @throws Error for what is no range. */
function wantedSteps(total: number): number[] | undefined {
  const { WEFT_CRASH_STEPS: wanted } = process.env;
  if (!wanted) return undefined;
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(wanted) ?? [];
  if (!from) throw new Error(`WEFT_CRASH_STEPS is a number or two, such as 100-199: ${wanted}`);
  const last = Math.min(Number(to ?? from), total);
  return Array.from({ length: last - Number(from) + 1 }, (_, index) => Number(from) + index);
}

/** Such as 1, 26, 51, 75, 100 of 100. */
function spread(total: number, most: number): number[] {
  const count = Math.min(total, most);
  const at = (index: number) => 1 + Math.round((index * (total - 1)) / Math.max(1, count - 1));
  return [...new Set(Array.from({ length: count }, (_, index) => at(index)))];
}

/** Undefined: it has died. @throws when it does not come to its end, or fails in another way. */
async function run<Setting>(
  { script }: CrashOptions<Setting>,
  setting: Setting,
  crashAt: number | undefined,
): Promise<ScenarioEnd | undefined> {
  const child = fork(script, {
    env: {
      ...process.env,
      CRASH_SETTING: JSON.stringify(setting),
      CRASH_AT: crashAt === undefined ? '' : String(crashAt),
    },
  });
  let end: ScenarioEnd | undefined;
  child.on('message', (message) => {
    end = message as ScenarioEnd;
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), RUN_MS);
  const [code, signal] = await once(child, 'exit');
  clearTimeout(timer);
  if (signal === 'SIGKILL') return undefined;
  if (code !== 0) throw new Error(`the scenario ended with ${code ?? signal}`);
  return end;
}
