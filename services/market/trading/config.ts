import path from 'node:path';
import { z } from 'zod';
import { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';

/** The environment variables that trading reads. */
export const config = z
  .object({
    /** Folder of uploaded files. Default: data/trading in the mesh's state folder. */
    TRADING_DATA: z.string().optional(),
    /**
     * Networks in which exchanges may be though they are private, on this machine or on this link, separated by commas,
     * such as "127.0.0.0/8,10.1.2.0/24". Default: none.
     */
    TRADING_PRIVATE_EXCHANGES: z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((network) => network.trim())
          .filter(Boolean),
      )
      .refine(areNetworks, 'must be networks such as 127.0.0.0/8, separated by commas'),
    WEFT_HOME: z.string().default('.weft'),
  })
  .transform(({ TRADING_DATA, TRADING_PRIVATE_EXCHANGES, WEFT_HOME }) => ({
    dataFolder: path.resolve(TRADING_DATA ?? path.join(WEFT_HOME, 'data/trading')),
    privateExchanges: TRADING_PRIVATE_EXCHANGES,
  }));

export type Config = z.output<typeof config>;

function areNetworks(networks: readonly string[]): boolean {
  try {
    new EgressPolicy(networks);
    return true;
  } catch {
    return false;
  }
}
