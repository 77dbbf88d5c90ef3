import { readFile } from 'node:fs/promises';
import { ConfigError } from '@weft/mesh/runtime';
import { z } from 'zod';
import { type MarketSettings, marketSchema } from './marketSchema.ts';

/** @throws ConfigError that names the file and what of it is wrong. */
export async function readMarket(file: string): Promise<MarketSettings> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const market = marketSchema.safeParse(json);
  if (market.success) return market.data;
  throw new ConfigError(`${file} is no market:\n${z.prettifyError(market.error)}`);
}
