import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Asset } from './Asset.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** Directives of a Content-Security-Policy: what is allowed of each. */
export type Directives = Readonly<Record<string, string>>;

/** Everything from here and nothing from elsewhere; no script and no style in the page itself. */
const STRICT: Directives = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/**
 * Headers of a page, which may load everything from here and nothing from elsewhere, and has no script and no style in itself.
 *
 * @param more Directives that it needs otherwise.
 */
export function pageHeaders(more: Directives = {}): Readonly<Record<string, string>> {
  const policy = Object.entries({ ...STRICT, ...more }).map(([name, value]) => `${name} ${value}`);
  return { 'content-security-policy': policy.join('; '), 'referrer-policy': 'no-referrer' };
}

/** A file as it is served, of the type that its name says. @throws for one of another ending. */
export async function readAsset(
  file: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asset> {
  const type = TYPES[extname(file)];
  if (type === undefined) throw new Error(`${file} is of no type that a page has`);
  return new Asset(await readFile(file), type, headers);
}
