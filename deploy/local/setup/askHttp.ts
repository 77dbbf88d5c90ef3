/** How long a healthy server on this machine may take to answer. */
const timeoutMs = 2_000;

/**
 * Asks an HTTP server on this machine.
 *
 * @param alsoWith Status that is an answer as good as one of success.
 * @returns the body of its answer.
 * @throws with a short reason when it does not answer so within two seconds.
 */
export async function askHttp(
  url: string,
  signal: AbortSignal,
  alsoWith?: number,
): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, { signal: limit });
    const text = await response.text();
    if (response.ok || response.status === alsoWith) return text;
    throw new Error(`answers ${response.status} to ${url}: ${text.trim().slice(0, 200)}`);
  } catch (cause) {
    signal.throwIfAborted();
    if (limit.aborted) throw new Error(`does not answer at ${url}`, { cause });
    if (cause instanceof TypeError) throw new Error(`is not listening yet at ${url}`, { cause });
    throw cause;
  }
}
