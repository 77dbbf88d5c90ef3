import { join } from 'node:path';
import { type HttpImplementation, implementHttp } from '@weft/mesh/runtime';
import { type Asset, serveAsset } from '../../kit/http/Asset.ts';
import { pageHeaders, readAsset } from '../../kit/http/page.ts';

const HEADERS = pageHeaders({ 'require-trusted-types-for': "'script'" });

const ROUTE = '/market';
const folder = join(import.meta.dirname, '../../../examples/market-page');
const FILES = [
  ...['index.html', 'market.css', 'icon.svg'],
  ...['market.js', 'watchChain.js', 'chainTable.js', 'tabs.js'],
];

/** The page that shows a chain as it moves, at "/market". */
export async function marketPage(): Promise<HttpImplementation> {
  const assets = new Map<string, Asset>();
  for (const file of FILES) {
    const asset = await readAsset(join(folder, file), HEADERS);
    assets.set(`${ROUTE}/${file}`, asset);
    if (file === 'index.html') for (const path of [ROUTE, `${ROUTE}/`]) assets.set(path, asset);
  }
  return implementHttp(ROUTE, {
    request: (request, response) => serveAsset(assets, request, response),
  });
}
