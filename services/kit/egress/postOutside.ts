import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type EgressPolicy, ForbiddenAddressError } from './EgressPolicy.ts';

export interface OutsideRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** What somebody else's server has answered. */
export interface OutsideResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Its beginning, as text. */
  readonly body: string;
}

/** Of an answer; the rest is not read. */
const MOST_BYTES = 16 * 1024;

/**
 * Posts to a URL that somebody else has named, on a connection of its own. It goes to an address that the policy has allowed,
 * and to no other one that the name may stand for a moment later. Redirects are answers: nobody follows them.
 *
 * @throws ForbiddenAddressError where the policy does not allow it; what Node throws where no answer comes.
 */
export async function postOutside(
  policy: EgressPolicy,
  url: string,
  { headers, body, signal }: OutsideRequest,
): Promise<OutsideResponse> {
  const { protocol, hostname } = new URL(url);
  // An address is not looked up.
  if (!policy.allowsHost(hostname)) throw new ForbiddenAddressError(hostname);
  const start = protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<OutsideResponse>();
  const request = start(url, {
    ...{ method: 'POST', headers: { 'content-length': Buffer.byteLength(body), ...headers } },
    // No connection of another request, which another policy may have let through.
    ...{ agent: false, lookup: policy.lookup, signal },
  });
  request.on('error', reject);
  request.on('response', (response) => {
    const { statusCode: status = 0, headers: answered } = response;
    buffer(Readable.from(beginning(response)))
      .then((bytes) => resolve({ status, headers: answered, body: bytes.toString() }), reject)
      .finally(() => request.destroy());
  });
  request.end(body);
  return promise;
}

async function* beginning(response: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = MOST_BYTES;
  for await (const chunk of response) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
