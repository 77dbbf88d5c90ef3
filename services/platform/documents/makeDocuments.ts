import { readFileSync } from 'node:fs';
import { groupsOf, loadDocumented, openApiDocument } from '@weft/mesh/openapi';
import { Asset } from './Asset.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** OpenAPI of all open methods, and of each group's, by path: "/openapi.json", "/openapi/market.json". */
export function makeDocuments(): ReadonlyMap<string, Asset> {
  const contracts = loadDocumented();
  const make = (group?: string) =>
    new Asset(
      Buffer.from(JSON.stringify(openApiDocument(contracts, { version, ...(group && { group }) }))),
      'application/json',
      // Tools on other pages read it: it says nothing that is not public.
      { 'access-control-allow-origin': '*' },
    );
  return new Map([
    ['/openapi.json', make()],
    ...groupsOf(contracts).map((group): [string, Asset] => [`/openapi/${group}.json`, make(group)]),
  ]);
}
