import { RE2JS } from 're2js';

/** Names of fields whose values are never kept, in small letters without `_` and `-`. */
const SECRET_NAMES = [
  ...['password', 'passwd', 'passphrase', 'secret', 'clientsecret', 'authorization', 'cookie'],
  ...['setcookie', 'token', 'accesstoken', 'refreshtoken', 'idtoken', 'apikey', 'xapikey'],
  ...['privatekey', 'credentials', 'databaseurl'],
];
/** Some of this is in each text that one of SECRET_TEXTS matches: most texts are looked at once. */
const SUSPECT = /eyJ|weft_|bearer |PRIVATE KEY|:\/\//i;
/** Secrets that are known by their looks: tokens (RFC 7519), Weft's API keys, bearer tokens, keys in PEM, passwords in URLs. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[redacted]'],
  [/weft_[0-9a-f]{64}/g, '[redacted]'],
  [/\b(bearer )[\w.~+/=-]{8,}/gi, '$1[redacted]'],
  [
    /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]*(-----END [A-Z ]{0,20}PRIVATE KEY-----)?/g,
    '[redacted]',
  ],
  [/(:\/\/[^\s:/@]{0,100}:)[^\s/@]{1,200}@/g, '$1[redacted]@'],
];
const REDACTED = '[redacted]';

/** Takes out of lines what nobody may read. */
export class Redaction {
  readonly #names: ReadonlySet<string>;
  readonly #patterns: readonly RE2JS[];

  /**
   * @param names More fields whose values are not kept, whatever their case, `_` and `-`.
   * @param patterns More texts that are not kept, in RE2's syntax.
   * @throws when a pattern is none.
   */
  constructor(names: readonly string[] = [], patterns: readonly string[] = []) {
    this.#names = new Set([...SECRET_NAMES, ...names.map(plain)]);
    this.#patterns = patterns.map((pattern) => RE2JS.compile(pattern));
  }

  /** The value of a field as it may be kept. */
  value(name: string, value: string): string {
    const last = name.slice(name.lastIndexOf('.') + 1);
    return this.#names.has(plain(last)) ? REDACTED : this.text(value);
  }

  /** A text as it may be kept. */
  text(text: string): string {
    let kept = text;
    if (SUSPECT.test(text)) {
      for (const [pattern, instead] of SECRET_TEXTS) kept = kept.replace(pattern, instead);
    }
    for (const pattern of this.#patterns) kept = pattern.matcher(kept).replaceAll(REDACTED);
    return kept;
  }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
