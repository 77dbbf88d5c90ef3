import { readFileSync } from 'node:fs';
import type { Contracts } from '@weft/mesh/contracts';
import { groupsOf, openApiDocument } from '@weft/mesh/openapi';
import { Asset } from '../../kit/http/Asset.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/**
 * OpenAPI of all open methods, and of each group's, by path: "/openapi.json", "/openapi/market.json".
 *
 * @param contracts With their comments.
 */
export function makeDocuments(contracts: Contracts): ReadonlyMap<string, Asset> {
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
