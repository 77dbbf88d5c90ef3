import { implementHttp } from '@weft/mesh/runtime';
import { defineService } from '../../kit/defineService.ts';
import { type Asset, serveAsset } from './Asset.ts';
import { makeDocuments } from './makeDocuments.ts';
import { readPage } from './readPage.ts';

/** Tells callers from outside what the open methods are: OpenAPI for programs, a page for people. */
export default defineService({
  async setup() {
    const documents = makeDocuments();
    const page = await readPage();
    const assets = new Map<string, Asset>([...documents, ...page]);
    return ['/openapi.json', '/openapi', '/docs'].map((route) =>
      implementHttp(route, {
        request: (request, response) => serveAsset(assets, request, response),
      }),
    );
  },
});
