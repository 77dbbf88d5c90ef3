/** How long a healthy server on this machine may take to answer. */
const timeoutMs = 2_000;

/**
 * Asks an HTTP server on this machine.
 *
 * @param token Consul's ACL token.
 * @returns the body of its answer.
 * @throws with a short reason when it does not answer 200 within two seconds.
 */
export async function askHttp(url: string, signal: AbortSignal, token?: string): Promise<string> {
  return (await fetchHttp(url, signal, token)).body;
}

/** As askHttp(), with the answer's headers. */
export async function fetchHttp(
  url: string,
  signal: AbortSignal,
  token?: string,
): Promise<{ readonly body: string; readonly headers: Headers }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, {
      signal: limit,
      ...(token && { headers: { 'x-consul-token': token } }),
    });
    const text = await response.text();
    if (response.ok) return { body: text, headers: response.headers };
    throw new Error(`answers ${response.status} to ${url}: ${text.trim().slice(0, 200)}`);
  } catch (cause) {
    signal.throwIfAborted();
    if (limit.aborted) throw new Error(`does not answer at ${url}`, { cause });
    if (cause instanceof TypeError) throw new Error(`is not listening yet at ${url}`, { cause });
    throw cause;
  }
}
