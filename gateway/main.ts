import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { Contracts } from '@weft/mesh/contracts';
import { Command, InvalidArgumentError } from 'commander';
import type { HostPort } from './EdgeOptions.ts';
import { makeBootstrap } from './makeBootstrap.ts';

const program = new Command('gateway')
  .description("Write Envoy's bootstrap for the edge of the contracts' public methods.")
  .requiredOption('--out <file>', 'where to write it, as JSON; ends in .json or .yaml')
  .requiredOption('--identity <folder>', "the edge's identity folder, <WEFT_HOME>/identity/<id>")
  .option('--address <ip>', 'IP address to listen on; 0.0.0.0 for all', ipAddress, '127.0.0.1')
  .option('--port <port>', 'port for REST, gRPC and gRPC-Web', port, 8080)
  .requiredOption('--admin-port <port>', "port of Envoy's admin interface, on 127.0.0.1", port)
  .option(
    '--xds <host:port,...>',
    "the host's control planes (default: WEFT_XDS_SERVER, else 127.0.0.1:18000)",
    controlPlanes,
  )
  .option('--contracts <image>', 'buf image (default: WEFT_CONTRACTS, else the generated one)')
  .addHelpText(
    'after',
    `
Example:
  node gateway/main.ts --out envoy.json --identity .weft/identity/gateway-1 --admin-port 9901
  weft exec --service gateway --port 8080 --health-http http://127.0.0.1:9901/ready -- \\
    envoy --config-path envoy.json`,
  );

const options = program.parse().opts<{
  out: string;
  identity: string;
  address: string;
  port: number;
  adminPort: number;
  xds?: HostPort[];
  contracts?: string;
}>();

const bootstrap = makeBootstrap(Contracts.load(options.contracts), {
  address: options.address,
  port: options.port,
  adminPort: options.adminPort,
  controlPlanes:
    options.xds ?? controlPlanes(process.env.WEFT_XDS_SERVER || 'ipv4:127.0.0.1:18000'),
  identity: resolve(options.identity),
});

mkdirSync(dirname(resolve(options.out)), { recursive: true });
// An Envoy that starts meanwhile reads the old file or the new one, nothing between.
writeFileSync(`${options.out}.new`, `${JSON.stringify(bootstrap, undefined, 2)}\n`);
renameSync(`${options.out}.new`, options.out);

function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('It is a number from 1 to 65535.');
  }
  return number;
}

function ipAddress(text: string): string {
  if (!isIP(text)) throw new InvalidArgumentError('It is an IP address.');
  return text;
}

/** As gRPC names several addresses of one target: "ipv4:127.0.0.1:18000,127.0.0.1:18002". */
function controlPlanes(text: string): HostPort[] {
  return text
    .replace(/^ipv[46]:/, '')
    .split(',')
    .map((entry) => {
      const [, host = '', portText = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(entry.trim()) ?? [];
      if (!isIP(host)) throw new InvalidArgumentError(`"${entry}" is not IP:PORT.`);
      return { host, port: port(portText) };
    });
}
