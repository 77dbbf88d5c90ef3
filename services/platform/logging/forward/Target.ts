import type { StoredLine } from '../lines/StoredLine.ts';

/** Somewhere else that lines are sent to. */
export interface Target {
  /** For the log and metrics, such as "loki". */
  readonly name: string;
  /**
   * Sends lines, oldest first. What is sent again is there once, as far as the target can see to that.
   *
   * @returns how many of them it refuses for good.
   * @throws when it cannot be known that it has them: they are sent again.
   */
  send(lines: readonly StoredLine[], signal: AbortSignal): Promise<number>;
}

/** How a target is reached. */
export interface TargetAddress {
  /** Its base, such as "http://loki:3100". */
  readonly url: string;
  /** The whole header `authorization`. Default: none. */
  readonly authorization?: string;
}

const TIMEOUT_MS = 15_000;

/** The answer to a POST. @throws when there is none, or one that says to try again (429, 5xx). */
export async function post(
  { url, authorization }: TargetAddress,
  path: string,
  type: string,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const response = await fetch(new URL(url.replace(/\/$/, '') + path), {
    method: 'POST',
    headers: { 'content-type': type, ...(authorization && { authorization }) },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const text = await response.text();
  if (response.status === 429 || response.status >= 500) {
    throw new Error(`it answers ${response.status}: ${text.slice(0, 200)}`);
  }
  return { ok: response.ok, text };
}
