import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Credentials } from '../identity/Identity.ts';

/** As long as a caller waits for a connection. */
const LIMIT_MS = 10_000;

export interface HandshakeTarget {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
  /** What the connection is made with, and whose the server must be as well. */
  readonly credentials: Credentials;
}

/**
 * Connects to a server of our own service as a peer does: mutual TLS both ways (SPIFFE's X.509-SVID), and HTTP/2 up to
 * an answered ping. Calls nothing, so intentions do not matter.
 *
 * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md#5-validation
 * @throws Error that says in a few words what a peer would meet.
 */
export async function probeHandshake({ host, port, credentials }: HandshakeTarget): Promise<void> {
  // Ends with the probe, unlike AbortSignal.timeout(), which would hold what listens to it.
  const limit = new AbortController();
  const { signal } = limit;
  const timer = setTimeout(() => limit.abort(), LIMIT_MS);
  const { spiffeId } = credentials;
  const socket = connectTls({
    ...{ host, port, secureContext: secureContextOf(credentials), ALPNProtocols: ['h2'] },
    checkServerIdentity: (_, { subjectaltname = '' }) =>
      subjectaltname.split(', ').includes(`URI:${spiffeId}`)
        ? undefined
        : new Error(`the server is ${subjectaltname || 'nobody'} and not ${spiffeId}`),
  });
  // Whoever waits at that moment hears of it too.
  socket.on('error', () => {});
  try {
    await once(socket, 'secureConnect', { signal });
    await ping(socket, signal);
  } catch (error) {
    throw new Error(signal.aborted ? `no answer within ${LIMIT_MS} ms` : reasonOf(error), {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

let latest: { readonly made: string; readonly context: SecureContext } | undefined;

/**
 * The same until the credentials change. What OpenSSL holds for each lies outside of JavaScript's heap, and goes with a
 * full garbage collection only, of which a service at rest has few.
 */
function secureContextOf({ certificate, key, roots }: Credentials): SecureContext {
  const made = [certificate, key, roots].join();
  if (latest?.made !== made) {
    latest = { made, context: createSecureContext({ cert: certificate, key, ca: roots }) };
  }
  return latest.context;
}

/** Only what a server answers shows that it has accepted our certificate: a client of TLS 1.3 is done before. */
async function ping(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  if (socket.alpnProtocol !== 'h2') throw new Error('the server does not speak HTTP/2');
  const session = connectHttp2('https://peer', { createConnection: () => socket });
  try {
    // Not events.once: an error of the session or the socket may come at any time.
    await Promise.race([answered(session), failed(session, socket, signal)]);
  } finally {
    session.destroy();
  }
}

function answered(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('remoteSettings', () =>
      session.ping((error) => (error ? reject(error) : resolve())),
    );
  });
}

function failed(
  session: ClientHttp2Session,
  socket: TLSSocket,
  signal: AbortSignal,
): Promise<never> {
  return new Promise((_, reject) => {
    session.on('error', reject);
    socket.on('error', reject);
    session.once('close', () => reject(new Error('the server closed the connection')));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** OpenSSL's reason without its addresses and file names. */
function reasonOf(error: unknown): string {
  const { reason, message, code } = error as NodeJS.ErrnoException & { reason?: string };
  if (reason) return `TLS: ${reason}`;
  return code === 'EPROTO' ? 'the server does not speak TLS' : message;
}
