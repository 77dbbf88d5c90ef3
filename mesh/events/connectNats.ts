import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { IdentityFiles } from '../runtime/identity/identityFiles.ts';
import { watchIdentityFiles } from '../runtime/identity/watchIdentityFiles.ts';
import { inboxPrefix, NATS_SERVICE } from './eventNames.ts';

export interface NatsOptions {
  /** Such as "nats://127.0.0.1:4222", several separated by commas. */
  readonly url: string;
  /** Name in Consul of the service that connects. */
  readonly service: string;
  /** Tells the connection from others in NATS' own lists, such as "order-1". */
  readonly name: string;
  /** Files with its identity, which are kept fresh. */
  readonly identity: Pick<IdentityFiles, 'certificate' | 'key' | 'roots'>;
  /** Whether a server that does not answer, or does not let us in, is waited for. Default: true. */
  readonly wait?: boolean;
}

const RECONNECT_WAIT_MS = 250;
const RECONNECT_JITTER_MS = 250;
const CONNECT_TIMEOUT_MS = 5_000;
/** Two that are not answered are a connection that is none. */
const PING_EVERY_MS = 5_000;

/**
 * Connects to NATS by mutual TLS with an identity of the mesh: NATS knows the service by the SPIFFE id in its certificate,
 * and must itself be the mesh's `nats`. A server that does not answer is waited for, and a connection that is lost is made
 * anew for ever; when the certificate is renewed, too.
 */
export async function connectNats({
  url,
  service,
  name,
  identity,
  wait = true,
}: NatsOptions): Promise<NatsConnection> {
  const { certificate, key, roots } = identity;
  const expected = await serverName(certificate);
  const tls = {
    handshakeFirst: true,
    certFile: certificate,
    keyFile: key,
    caFile: roots,
    // A SPIFFE certificate names no host, so node:tls has nothing to compare: the library hands this on to it.
    checkServerIdentity: (_host: string, { subjectaltname = '' }: { subjectaltname?: string }) =>
      subjectaltname.split(', ').includes(`URI:${expected}`)
        ? undefined
        : new Error(`the server is ${subjectaltname || 'nobody'} and not ${expected}`),
  };
  const connection = await connect({
    servers: url.split(','),
    name,
    inboxPrefix: inboxPrefix(service),
    tls,
    waitOnFirstConnect: wait,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_EVERY_MS,
    maxPingOut: 2,
    // What NATS does not allow now, it may when its configuration has been read anew.
    ignoreAuthErrorAbort: true,
  });
  const stopWatching = watchIdentityFiles(identity, () => {
    connection.reconnect().catch(() => {});
  });
  connection.closed().finally(stopWatching);
  return connection;
}

/** The SPIFFE id of NATS in the trust domain of a certificate. */
async function serverName(certificate: string): Promise<string> {
  const { subjectAltName = '' } = new X509Certificate(await readFile(certificate));
  const [, own] = /(?:^|, )URI:(spiffe:\/\/[^,\s]+)/.exec(subjectAltName) ?? [];
  if (!own) throw new Error(`${certificate} holds no SPIFFE id`);
  return own.replace(/[^/]*$/, NATS_SERVICE);
}
