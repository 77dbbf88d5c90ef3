import { type HttpImplementation, implementHttp } from '@weft/mesh/runtime';
import { type Asset, serveAsset } from './Asset.ts';
import { makeDocuments } from './makeDocuments.ts';
import { readPage } from './readPage.ts';

/** Serves the documents, and the page that shows them. */
export async function handlers(): Promise<HttpImplementation[]> {
  const assets = new Map<string, Asset>([...makeDocuments(), ...(await readPage())]);
  return ['/openapi.json', '/openapi', '/docs'].map((route) =>
    implementHttp(route, {
      request: (request, response) => serveAsset(assets, request, response),
    }),
  );
}
