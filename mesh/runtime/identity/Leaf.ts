import { type KeyObject, X509Certificate } from 'node:crypto';

/** A certificate of this service and its key. */
export interface Leaf {
  /** With the intermediates that go with it, PEM. */
  readonly certificate: string;
  /** PEM of PKCS#8 (RFC 5958), which all gRPC libraries read. */
  readonly key: string;
  /**
   * The name that the certificate proves, such as `spiffe://<trust domain>/ns/default/dc/dc1/svc/analytics`.
   *
   * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
   */
  readonly spiffeId: string;
  readonly issued: Date;
  readonly expires: Date;
}

/**
 * Reads what has been signed.
 *
 * @param certificate PEM, the service's own first.
 * @param key The private one that it was asked for.
 * @param spiffeId The name that it was asked for.
 * @throws when it is no certificate, or one of another key or name.
 */
export function readLeaf(certificate: string, key: KeyObject, spiffeId: string): Leaf {
  // Of several, Node reads the first.
  const own = new X509Certificate(certificate);
  if (!own.checkPrivateKey(key)) throw new Error('the certificate is of another key');
  if (own.subjectAltName !== `URI:${spiffeId}`) {
    throw new Error(`the certificate is of ${own.subjectAltName} and not of ${spiffeId}`);
  }
  return {
    certificate,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spiffeId,
    issued: new Date(own.validFrom),
    expires: new Date(own.validTo),
  };
}
