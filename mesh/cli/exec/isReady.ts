import { once } from 'node:events';
import { connect } from 'node:net';

const PROBE_MS = 1_000;

/**
 * Whether a program answers: 2xx at an http: URL, or a connection at tcp://HOST:PORT; the same that
 * Consul's check asks.
 */
export async function isReady(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  try {
    if (protocol !== 'tcp:')
      return (await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(PROBE_MS) });
    } finally {
      socket.destroy();
    }
    return true;
  } catch {
    return false;
  }
}
