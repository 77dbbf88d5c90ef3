import type { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import { ForbiddenAddressError } from '../../../kit/egress/EgressPolicy.ts';
import {
  type OutsideRequest,
  type OutsideResponse,
  postOutside,
} from '../../../kit/egress/postOutside.ts';
import { RejectedError, RetryLaterError } from './Transport.ts';

const LONGEST_WAIT_MS = 3_600_000;
const MOST_SHOWN = 200;

/**
 * Posts a message to somebody else's server.
 *
 * @returns what a server has answered that has taken it (2xx).
 * @throws RejectedError for what will never be taken: an address that may not be connected to (ADDRESS_FORBIDDEN), a redirect
 * (REDIRECTED), any other 4xx (ENDPOINT_REFUSED); RetryLaterError where the server says when; Error for what may pass.
 */
export async function postMessage(
  egress: EgressPolicy,
  url: string,
  request: OutsideRequest,
): Promise<string> {
  const response = await postOutside(egress, url, request).catch((error) => {
    if (!(error instanceof ForbiddenAddressError)) throw error;
    throw new RejectedError('ADDRESS_FORBIDDEN', error.message);
  });
  return judgeAnswer(response);
}

function judgeAnswer({ status, headers, body }: OutsideResponse): string {
  const answer = `${status} ${body.slice(0, MOST_SHOWN)}`.trim();
  if (status >= 200 && status < 300) return answer;
  if (status >= 300 && status < 400) throw new RejectedError('REDIRECTED', answer);
  if (status === 429 || status === 503) {
    const afterMs = retryAfterMs(headers['retry-after'], body);
    if (afterMs !== undefined) {
      throw new RetryLaterError(answer, Math.min(Math.max(afterMs, 1_000), LONGEST_WAIT_MS));
    }
  }
  if (status === 429 || status === 408 || status === 425 || status >= 500) throw new Error(answer);
  throw new RejectedError('ENDPOINT_REFUSED', answer);
}

/** By the header Retry-After in seconds or as a date (RFC 9110, 10.2.3), or as Discord says it in the body. */
function retryAfterMs(header: string | string[] | undefined, body: string): number | undefined {
  if (typeof header === 'string') {
    const after = /^\d+(\.\d+)?$/.test(header)
      ? Number(header) * 1_000
      : Date.parse(header) - Date.now();
    if (Number.isFinite(after)) return after;
  }
  const [, seconds] = /"retry_after":\s*(\d+(?:\.\d+)?)/.exec(body) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
