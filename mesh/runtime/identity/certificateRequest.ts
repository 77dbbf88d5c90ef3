import { createPublicKey, type KeyObject, sign } from 'node:crypto';

/** Tags of DER (X.690). */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;
const SET = 0x31;
/** The attributes of a request: [0] (RFC 2986, 4.1). */
const ATTRIBUTES = 0xa0;
/** uniformResourceIdentifier of a GeneralName: [6] (RFC 5280, 4.2.1.6). */
const URI = 0x86;

/** 1.2.840.113549.1.9.14, extensionRequest. */
const EXTENSION_REQUEST = Buffer.from('2a864886f70d01090e', 'hex');
/** 2.5.29.17, subjectAltName. */
const SUBJECT_ALT_NAME = Buffer.from('551d11', 'hex');
/** 1.2.840.10045.4.3.2, ecdsa-with-SHA256. */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');

/**
 * A certificate signing request, PEM of PKCS#10 (RFC 2986), for an URI alone: the subject is empty. Node makes none, and
 * what it takes to write one is a length here and there.
 *
 * @param key Private, of an elliptic curve. It signs the request, and is not in it.
 */
export function certificateRequest(key: KeyObject, uri: string): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const names = der(SEQUENCE, der(URI, Buffer.from(uri, 'ascii')));
  const extension = der(
    SEQUENCE,
    der(OBJECT_IDENTIFIER, SUBJECT_ALT_NAME),
    der(OCTET_STRING, names),
  );
  const attribute = der(
    SEQUENCE,
    der(OBJECT_IDENTIFIER, EXTENSION_REQUEST),
    der(SET, der(SEQUENCE, extension)),
  );
  const version = der(INTEGER, Buffer.from([0]));
  const subject = der(SEQUENCE);
  const info = der(SEQUENCE, version, subject, publicKey, der(ATTRIBUTES, attribute));
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const noUnusedBits = Buffer.from([0]);
  const signature = der(BIT_STRING, noUnusedBits, sign('sha256', info, key));
  return pem(der(SEQUENCE, info, algorithm, signature));
}

/** A value with its tag and length. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content), content]);
}

/** In one byte below 128, else in as many as the first one says (X.690, 8.1.3). */
function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  const label = 'CERTIFICATE REQUEST';
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
