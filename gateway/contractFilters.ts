import { join } from 'node:path';
import type { Contracts } from '@weft/mesh/contracts';
import { bodiesOfAddress, wholeBody } from './bodyLimits.ts';
import { filterFile, fromFile } from './filterFile.ts';
import { replaceFile } from './replaceFile.ts';
import { restContract } from './restContract.ts';
import { restBodiesOnly, restOnly } from './skipWhen.ts';
import { transcoder } from './transcoder.ts';
import type { Config } from './typedConfig.ts';

/** The filters that the contracts make. */
export type ContractFilters = Readonly<
  Record<'bodiesOfAddress' | 'wholeBody' | 'restContract' | 'transcoder', Config>
>;

/** @throws when no contract has a method that is open to the outside. */
export function contractFilters(contracts: Contracts): ContractFilters {
  return {
    bodiesOfAddress: restBodiesOnly(bodiesOfAddress(contracts)),
    wholeBody: restOnly(wholeBody(contracts)),
    restContract: restOnly(restContract(contracts)),
    transcoder: transcoder(contracts),
  };
}

/** The same, as the files of writeContractFilters() say them: an edge that runs takes other contracts from there. */
export function contractFiltersFrom(folder: string, contracts: Contracts): ContractFilters {
  return mapValues(contractFilters(contracts), (filter, key) => {
    const { '@type': url } = filter.typed_config as { readonly '@type': string };
    return fromFile(filter.name as string, fileOf(folder, key), url.slice(url.indexOf('/') + 1));
  });
}

/** An edge that reads the files goes by these contracts from its next request on. */
export function writeContractFilters(folder: string, contracts: Contracts): void {
  for (const [key, filter] of Object.entries(contractFilters(contracts))) {
    replaceFile(fileOf(folder, key), `${JSON.stringify(filterFile(filter))}\n`);
  }
}

function fileOf(folder: string, key: string): string {
  return join(folder, `${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.json`);
}

function mapValues(
  filters: ContractFilters,
  map: (filter: Config, key: string) => Config,
): ContractFilters {
  const entries = Object.entries(filters).map(([key, filter]) => [key, map(filter, key)]);
  return Object.fromEntries(entries) as ContractFilters;
}
