import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What a service alone knows: keys for different uses are derived from it (HKDF with SHA-256, RFC 5869), so that none
 * says anything of another. Whoever reads the database without it can neither sign nor make a token.
 */
export class Secret {
  static readonly BYTES = 32;
  /** Whose it is. */
  readonly service: string;
  readonly #bytes: Buffer;
  readonly #keys = new Map<string, Buffer>();

  /**
   * @param service The same bytes in another service make other keys.
   * @param bytes 32 random ones.
   */
  constructor(service: string, bytes: Buffer) {
    this.service = service;
    this.#bytes = bytes;
  }

  /** HMAC with SHA-256 (RFC 2104), by a key of its own for each use. */
  mac(use: string, message: Uint8Array): Buffer {
    return createHmac('sha256', this.#key(use)).update(message).digest();
  }

  /** Whether a MAC, or the beginning of one, is that of the message; in the same time for each of its length. */
  verify(use: string, message: Uint8Array, mac: Uint8Array): boolean {
    const right = this.mac(use, message).subarray(0, mac.length);
    return mac.length > 0 && right.length === mac.length && timingSafeEqual(right, mac);
  }

  /**
   * Encrypts by AES-256-GCM (NIST SP 800-38D), with a random nonce.
   *
   * @param about What it belongs to, such as a row's id: sealed bytes open nowhere else.
   */
  seal(use: string, about: string, plain: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(use), nonce).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
  }

  /** @throws Error when it was sealed by another secret, for another use, or about something else. */
  open(use: string, about: string, sealed: Uint8Array): Buffer {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key(use), nonce, {
      authTagLength: TAG_BYTES,
    }).setAAD(Buffer.from(about));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
  }

  #key(use: string): Buffer {
    const known = this.#keys.get(use);
    if (known) return known;
    const info = `weft ${this.service} ${use}`;
    const key = Buffer.from(hkdfSync('sha256', this.#bytes, '', info, 32));
    this.#keys.set(use, key);
    return key;
  }
}
