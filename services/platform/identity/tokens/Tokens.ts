import type { Secret } from '../../../kit/secret/Secret.ts';

/** What a token is good for. */
export type TokenUse = 'register' | 'reset_password' | 'change_email' | 'refresh';

const MAC_BYTES = 16;
const ID_BYTES = 16;

/**
 * Tokens that users carry: an id, a number, and a MAC of both by the service's secret. The database keeps none, and so
 * gives none away; whoever has the row can be given the same token again.
 */
export class Tokens {
  readonly #secret: Secret;

  constructor(secret: Secret) {
    this.#secret = secret;
  }

  /**
   * @param id A UUID.
   * @param number Tells tokens of one id apart, below 2^32.
   * @returns 48 characters of base64url.
   */
  make(use: TokenUse, id: string, number = 0): string {
    const body = Buffer.alloc(ID_BYTES + 4);
    body.write(id.replaceAll('-', ''), 'hex');
    body.writeUInt32BE(number, ID_BYTES);
    const mac = this.#secret.mac(use, body).subarray(0, MAC_BYTES);
    return Buffer.concat([body, mac]).toString('base64url');
  }

  /** Undefined for what make() has not made for this use. */
  read(use: TokenUse, token: string): { id: string; number: number } | undefined {
    const bytes = Buffer.from(token, 'base64url');
    // What decodes to the same bytes is not the same token.
    if (bytes.length !== ID_BYTES + 4 + MAC_BYTES || bytes.toString('base64url') !== token) {
      return undefined;
    }
    const body = bytes.subarray(0, ID_BYTES + 4);
    if (!this.#secret.verify(use, body, bytes.subarray(ID_BYTES + 4))) return undefined;
    const id = body
      .toString('hex', 0, ID_BYTES)
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    return { id, number: body.readUInt32BE(ID_BYTES) };
  }
}
