import { createHash, randomBytes } from 'node:crypto';

/** Digits of a key that its owner sees in lists. */
const SHOWN_DIGITS = 6;

/** A new API key. */
export interface NewApiKey {
  /** "weft_" and 256 random bits in hexadecimal: by the beginning, scanners for lost secrets know it. */
  readonly key: string;
  /** SHA-256 of it: salt and slowness protect passwords; 256 random bits need neither. */
  readonly hash: Buffer;
  /** By which its owner knows it again. */
  readonly prefix: string;
}

export function makeApiKey(): NewApiKey {
  const key = `weft_${randomBytes(32).toString('hex')}`;
  return {
    key,
    hash: createHash('sha256').update(key).digest(),
    prefix: key.slice(0, 'weft_'.length + SHOWN_DIGITS),
  };
}
