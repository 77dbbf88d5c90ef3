import { resolve } from 'node:path';
import { ConsulClient } from '@weft/mesh/consul';
import { outputLogger } from '@weft/mesh/logging';
import { Command } from 'commander';
import { followEdgeTrust } from './access/followEdgeTrust.ts';
import { tellApiKeyUse } from './access/tellApiKeyUse.ts';

interface Flags {
  readonly folder: string;
  readonly logLevel: string;
}

new Command('trust')
  .description(
    "Keep an edge told by what tokens and API keys are judged: by Consul's KV store, which Envoy cannot watch.",
  )
  .requiredOption('--folder <folder>', 'that of the --trust of gateway/main.ts')
  .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'info')
  .addHelpText(
    'after',
    `
Runs beside the edge, with a token of Consul (CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN_FILE) that may read below
weft/principal/ and write below weft/api-key-use/, where it tells once a minute which API keys were used. While it or Consul is away, the edge goes by what it was told last.

Example:
  node gateway/trust.ts --folder .weft/gateway/trust`,
  )
  .action(async ({ folder, logLevel }: Flags) => {
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort());
    const options = {
      consul: new ConsulClient(),
      folder: resolve(folder),
      log: outputLogger({ level: logLevel, base: { process: 'gateway-trust' } }),
      signal: stop.signal,
    };
    await Promise.all([followEdgeTrust(options), tellApiKeyUse(options)]);
  })
  .parse();
