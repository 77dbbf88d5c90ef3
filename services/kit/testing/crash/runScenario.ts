import { installCrashPoints, passedPoints } from './crashPoints.ts';

/** What a scenario's process says when it has come to its end. */
export interface ScenarioEnd {
  /** Steps that it might have died at. */
  readonly points: number;
}

/**
 * The whole of a scenario's script: does something, and dies on the way where crashAtPoints() wants it. What is done
 * twice has to end as what is done once, for it is run again after each death.
 *
 * @param work Gets what `prepare` has made.
 */
export async function runScenario<Setting>(
  work: (setting: Setting) => Promise<void>,
): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  const { CRASH_AT, CRASH_SETTING = 'null' } = process.env;
  installCrashPoints(CRASH_AT ? Number(CRASH_AT) : undefined);
  await work(JSON.parse(CRASH_SETTING));
  process.send?.({ points: passedPoints() } satisfies ScenarioEnd, () => process.exit(0));
}
