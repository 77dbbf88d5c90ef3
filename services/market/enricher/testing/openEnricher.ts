import { join } from 'node:path';
import type { Contracts } from '@weft/mesh/contracts';
import type { MemberOptions } from '../../../kit/testing/openMember.ts';
import { openMember, type TestMember } from '../../../kit/testing/openMember.ts';
import type { Config } from '../config.ts';
import { consumers } from '../consumers.ts';
import type { DB } from '../database.ts';

/** How instances of tests are set. */
export const testConfig: Config = { threads: 1, keepMs: 86_400_000, keepBarsMs: 86_400_000 };

export interface OpenEnricherOptions
  extends Pick<MemberOptions<DB>, 'instance' | 'nats' | 'databaseUrl' | 'leaseMs' | 'log'> {
  readonly contracts: Contracts;
}

/** An instance of the enricher, without its server. */
export function openEnricher(options: OpenEnricherOptions): Promise<TestMember<DB>> {
  return openMember<DB>({
    ...options,
    service: 'enricher',
    migrations: join(import.meta.dirname, '../migrations'),
    consumers: (context) => consumers({ ...context, config: testConfig }),
  });
}
