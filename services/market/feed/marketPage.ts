import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type HttpImplementation, implementHttp } from '@weft/mesh/runtime';
import { Asset, serveAsset } from '../../kit/http/Asset.ts';

/** Everything from here and nothing from elsewhere; no script and no style in the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const ROUTE = '/market';
const folder = new URL('../../../examples/market-page/', import.meta.url);
const FILES = [
  ...['index.html', 'market.css', 'icon.svg'],
  ...['market.js', 'watchChain.js', 'chainTable.js', 'tabs.js'],
];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page that shows a chain as it moves, at "/market". */
export async function marketPage(): Promise<HttpImplementation> {
  const assets = new Map<string, Asset>();
  for (const file of FILES) {
    const bytes = await readFile(new URL(file, folder));
    const asset = new Asset(bytes, TYPES[extname(file)] ?? 'application/octet-stream', {
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
    });
    assets.set(`${ROUTE}/${file}`, asset);
    if (file === 'index.html') for (const path of [ROUTE, `${ROUTE}/`]) assets.set(path, asset);
  }
  return implementHttp(ROUTE, {
    request: (request, response) => serveAsset(assets, request, response),
  });
}
