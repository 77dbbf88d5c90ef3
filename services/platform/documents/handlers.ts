import { loadDocumented } from '@weft/mesh/openapi';
import { type HttpImplementation, type Implementation, implementHttp } from '@weft/mesh/runtime';
import { type Asset, serveAsset } from '../../kit/http/Asset.ts';
import { makeDocuments } from './makeDocuments.ts';
import { OpenContracts } from './OpenContracts.ts';
import { readPage } from './readPage.ts';

/** Serves the documents, the page that shows them, and gRPC's reflection. */
export async function handlers(): Promise<(HttpImplementation | Implementation)[]> {
  const contracts = loadDocumented();
  const open = new OpenContracts(contracts);
  const assets = new Map<string, Asset>([
    ...makeDocuments(contracts),
    ['/protoset', open.protoset],
    ...(await readPage()),
  ]);
  const paths = ['/openapi.json', '/openapi', '/protoset', '/docs'].map((route) =>
    implementHttp(route, {
      request: (request, response) => serveAsset(assets, request, response),
    }),
  );
  return [...paths, ...open.reflection];
}
