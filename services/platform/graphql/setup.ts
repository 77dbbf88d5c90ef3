import { commentOf, loadDocumented } from '@weft/mesh/openapi';
import type { HttpImplementation, ServiceContext } from '@weft/mesh/runtime';
import { Caller } from './calls/Caller.ts';
import { RateLimits } from './calls/RateLimits.ts';
import type { Config } from './config.ts';
import { graphqlFace, ROUTE } from './http/graphqlFace.ts';
import { readPlayground } from './http/playground.ts';
import { limits } from './limits.ts';
import { KnownOperations } from './operations/KnownOperations.ts';
import { Operations } from './operations/Operations.ts';
import { makeSchema } from './schema/makeSchema.ts';

/** Makes the schema of the contracts and serves it. */
export async function setup({
  client,
  config: { isDevelopment, operationsFile, onlyKnown },
  contracts,
  log,
  observe,
  onStop,
}: ServiceContext<Config>): Promise<HttpImplementation[]> {
  // Who may ask what the schema is is told what it means.
  const schema = isDevelopment
    ? makeSchema(loadDocumented(process.env.WEFT_CONTRACTS), { describe: commentOf })
    : makeSchema(contracts);
  const known = operationsFile
    ? await KnownOperations.read(operationsFile, onlyKnown)
    : new KnownOperations();
  const caller = new Caller(client, new RateLimits(limits.rememberedBuckets));
  const { http, sockets } = graphqlFace({
    operations: new Operations({ schema, caller, known, log, introspection: isDevelopment }),
    playground: isDevelopment ? await readPlayground(ROUTE) : undefined,
    log,
  });
  onStop(() => sockets.close());
  observe((meter) => {
    meter
      .createObservableGauge('weft_graphql_sockets', { description: 'WebSockets that are open.' })
      .addCallback((result) => result.observe(sockets.size));
  });
  return [http];
}
