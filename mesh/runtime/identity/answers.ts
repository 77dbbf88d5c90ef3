import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A certificate of this service and its key. */
export interface Leaf {
  /** PEM. */
  readonly certificate: string;
  /** PEM of PKCS#8 (RFC 5958), whatever Consul's form: "EC PRIVATE KEY" (SEC1) is unknown to grpc-java. */
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

/** The certificates that peers are judged by. */
export interface Roots {
  readonly trustDomain: string;
  /** All roots, PEM, one after the other. */
  readonly certificates: string;
}

/**
 * Reads the answer of `/v1/agent/connect/ca/leaf/:service`.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent/connect#service-leaf-certificate
 * @throws when a part is missing, or key and certificate do not belong together.
 */
export function readLeaf(answer: unknown): Leaf {
  const leaf = {
    CertPEM: readText(answer, 'CertPEM'),
    PrivateKeyPEM: readText(answer, 'PrivateKeyPEM'),
    ServiceURI: readText(answer, 'ServiceURI'),
  };
  if (!leaf.ServiceURI.startsWith('spiffe://')) {
    throw new Error(`Consul answered a certificate of ${leaf.ServiceURI}, which is no SPIFFE id`);
  }
  const certificate = new X509Certificate(leaf.CertPEM);
  const key = createPrivateKey(leaf.PrivateKeyPEM);
  if (!certificate.checkPrivateKey(key)) {
    throw new Error('Consul answered a certificate with the key of another one');
  }
  return {
    certificate: leaf.CertPEM,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spiffeId: leaf.ServiceURI,
    issued: new Date(certificate.validFrom),
    expires: new Date(certificate.validTo),
  };
}

/**
 * Reads the answer of `/v1/agent/connect/ca/roots`. While a root is being rotated there are two.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent/connect#certificate-authority-ca-roots
 * @throws when there is no root, or one is no certificate.
 */
export function readRoots(answer: unknown): Roots {
  const trustDomain = readText(answer, 'TrustDomain');
  const { Roots: roots } = Object(answer) as { readonly Roots?: unknown };
  if (!Array.isArray(roots) || roots.length === 0) throw new Error('Consul answered no Roots');
  const certificates = roots.map((root) =>
    new X509Certificate(readText(root, 'RootCert')).toString(),
  );
  return { trustDomain, certificates: certificates.join('') };
}

/** @throws when there is no such text in an answer. */
function readText(answer: unknown, name: string): string {
  const value: unknown = Object(answer)[name];
  if (typeof value !== 'string' || value === '') throw new Error(`Consul answered no ${name}`);
  return value;
}
