import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { dirname, join } from 'node:path';
import { keepSecret } from '../setup/keepSecret.ts';
import { tokenFile } from './tokenFile.ts';
import { OPERATOR } from './tokenHolders.ts';

/** The file with the key by which the operator's `weft exec` logs in to Consul as a service. */
export function loginKeyFile(home: string): string {
  return join(dirname(tokenFile(home, OPERATOR)), 'login-key.pem');
}

/**
 * The public part of that key, PEM. It is made the first time it is asked for: for ES256 (RFC 7518), PKCS#8, closed to
 * others.
 */
export async function loginPublicKey(home: string): Promise<string> {
  const key = await keepSecret(loginKeyFile(home), () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  );
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}
