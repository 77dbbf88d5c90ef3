import { ConsulClient } from '@weft/mesh/consul';
import type { Served } from '@weft/mesh/runtime';
import type { KitContext } from '../../kit/defineService.ts';
import { readSecret } from '../../kit/secret/readSecret.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { implementations } from './implementations.ts';
import { keepUp } from './keepUp.ts';
import { makeIdentity } from './makeIdentity.ts';
import { openWaysIn } from './waysIn.ts';

/** Opens what identity holds. */
export async function setup(context: KitContext<Config, DB>): Promise<Served[]> {
  const { config, database, events, clock, contracts, log, serviceId, onStop } = context;
  const secret = await readSecret('identity', config.secretFile);
  const consul = new ConsulClient();
  const means = { database, events, clock, contracts, log, secret, consul };
  const identity = await makeIdentity(means);
  const ways = await openWaysIn(identity, config);
  await ways.administratorToken.offer(database);
  onStop(keepUp(identity, consul, serviceId));
  return implementations(identity, ways);
}
