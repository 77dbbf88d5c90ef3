import { eventually } from '../../mesh/testing/eventually.ts';

/**
 * Asks again and again until `probe` answers something other than undefined or false.
 *
 * @param what Said in the error when the time is over, with what came of the last try.
 * @param timeoutMs A bound for a broken system, not a measure of a good one. Default: 60 s.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 60_000,
): Promise<T> {
  const attempt = async (): Promise<T> => {
    const answer = await probe();
    if (answer === undefined || answer === false) throw new Error(`it answered ${answer}`);
    return answer;
  };
  try {
    return await eventually(attempt, timeoutMs);
  } catch (cause) {
    throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause });
  }
}
