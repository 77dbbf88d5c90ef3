import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

/** Less than the minute after which VictoriaLogs closes a connection that nothing comes by (`-http.idleConnTimeout`). */
const IDLE_MS = 30_000;
const agents = {
  http: new HttpAgent({ keepAlive: true, timeout: IDLE_MS }),
  https: new HttpsAgent({ keepAlive: true, timeout: IDLE_MS }),
};

export interface Asked {
  readonly headers: Readonly<Record<string, string>>;
  /** Default: none, and so a GET. */
  readonly body?: Buffer | URLSearchParams;
  readonly timeoutMs: number;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  /** By which it came: the same one means the same process at its other end, of which it cannot outlive one. */
  readonly connection: object;
}

/**
 * Asks by HTTP, over connections that are kept. Unlike fetch() it says over which.
 *
 * @throws what the network says; once more is asked where a kept connection turns out to be closed.
 */
export async function ask(url: URL, asked: Asked): Promise<Answered> {
  try {
    return await askOnce(url, asked);
  } catch (error) {
    if (!(error instanceof ClosedBefore)) throw error;
    return askOnce(url, asked);
  }
}

/** The other end had closed a kept connection when it was used again: nobody has heard what was asked. */
class ClosedBefore extends Error {}

async function askOnce(url: URL, { headers, body, timeoutMs }: Asked): Promise<Answered> {
  const isSecure = url.protocol === 'https:';
  const isForm = body instanceof URLSearchParams;
  const request = (isSecure ? requestHttps : requestHttp)(url, {
    method: body ? 'POST' : 'GET',
    agent: isSecure ? agents.https : agents.http,
    headers: { ...headers, ...(isForm && { 'content-type': 'application/x-www-form-urlencoded' }) },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isClosed = request.reusedSocket && error.code === 'ECONNRESET';
      reject(isClosed ? new ClosedBefore('a kept connection was closed', { cause: error }) : error);
    });
    request.end(isForm ? body.toString() : body);
  });
  const connection = response.socket;
  return { status: response.statusCode ?? 0, text: await text(response), connection };
}
