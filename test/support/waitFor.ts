/**
 * Asks again and again until `probe` answers something other than undefined or false.
 *
 * @param what Said in the error when the time is over, with the last error that `probe` threw.
 * @param timeoutMs A bound for a broken system, not a measure of a good one. Default: 60 s.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
