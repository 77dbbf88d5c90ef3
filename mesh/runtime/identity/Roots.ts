import { X509Certificate } from 'node:crypto';

/** The certificates that peers are judged by. */
export interface Roots {
  readonly trustDomain: string;
  /** All roots, PEM, one after the other. */
  readonly certificates: string;
  /** Which key signs leaf certificates now: another one means that they are to be renewed. */
  readonly signedBy: string;
}

/**
 * Reads the answer of `/v1/agent/connect/ca/roots`. While a root is being rotated there are two.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent/connect#certificate-authority-ca-roots
 * @throws when there is no root, or one is no certificate.
 */
export function readRoots(answer: unknown): Roots {
  const trustDomain = readText(answer, 'TrustDomain');
  const { Roots: roots, ActiveRootID } = Object(answer) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(roots) || roots.length === 0) throw new Error('Consul answered no Roots');
  const certificates = roots.map((root) =>
    new X509Certificate(readText(root, 'RootCert')).toString(),
  );
  const active: unknown = roots.find((root) => Object(root).ID === ActiveRootID);
  return {
    trustDomain,
    certificates: certificates.join(''),
    // Of the datacenter's own intermediate, where it has one.
    signedBy: `${ActiveRootID} ${Object(active).SigningKeyID}`,
  };
}

/** @throws when there is no such text in an answer. */
function readText(answer: unknown, name: string): string {
  const value: unknown = Object(answer)[name];
  if (typeof value !== 'string' || value === '') throw new Error(`Consul answered no ${name}`);
  return value;
}
