import { isIP } from 'node:net';
import { join, parse, resolve } from 'node:path';
import { Contracts } from '@weft/mesh/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { prepareTrust } from './access/writeTrust.ts';
import { writeContractFilters } from './contractFilters.ts';
import type { ControlAddress } from './EdgeOptions.ts';
import { limits } from './limits.ts';
import { makeBootstrap } from './makeBootstrap.ts';
import { replaceFile } from './replaceFile.ts';
import { addTraceFlags, readTraceOptions, type TraceFlags } from './traces/traceFlags.ts';

interface Flags extends TraceFlags {
  readonly out: string;
  readonly identity: string;
  readonly address: string;
  readonly port: number;
  readonly adminPort: number;
  readonly xds: readonly ControlAddress[];
  readonly contracts?: string;
  readonly trustedHops: number;
  readonly trust?: string;
  readonly memory?: number;
}

/** Where mesh/local/controlSocket.ts has it. */
const CONTROL_SOCKET = resolve(process.env.WEFT_HOME || '.weft', 'sockets/control.sock');

const command = new Command('gateway')
  .description("Write Envoy's bootstrap for the edge of the contracts' open methods.")
  .requiredOption('--out <file>', 'where to write it, as JSON')
  .requiredOption('--identity <folder>', "the edge's identity folder, <WEFT_HOME>/identity/<id>")
  .option('--address <ip>', 'IP address to listen on; 0.0.0.0 for all', ipAddress, '127.0.0.1')
  .option('--port <port>', 'port for REST, gRPC and gRPC-Web', port, 8080)
  .requiredOption('--admin-port <port>', 'port of /ready, /stats and the like, on 127.0.0.1', port)
  .addOption(
    new Option('--xds <addresses>', "the host's control planes: unix:PATH,... or IP:PORT,...")
      .env('WEFT_XDS_SERVER')
      .argParser(controlPlanes)
      .default([{ path: CONTROL_SOCKET }], `unix:${CONTROL_SOCKET}`),
  )
  .addOption(
    new Option('--contracts <file>', 'buf image (default: that of `make generate`)').env(
      'WEFT_CONTRACTS',
    ),
  )
  .addOption(
    new Option(
      '--trusted-hops <number>',
      'proxies of your own before the edge that append to X-Forwarded-For',
    )
      .env('WEFT_TRUSTED_HOPS')
      .argParser(hops)
      .default(0),
  )
  .addOption(
    new Option(
      '--memory <MiB>',
      'beyond so much it turns requests away (default: a quarter of the machine or container)',
    )
      .env('WEFT_EDGE_MEMORY')
      .argParser(mebibytes),
  );
addTraceFlags(command)
  .option('--trust <folder>', 'where gateway/trust.ts keeps by what tokens and API keys are judged')
  .addHelpText(
    'after',
    `
What the contracts make lies beside it, in envoy.contracts for envoy.json. Run again with other contracts, an edge that
runs goes by these from its next request on; restart the control planes after it.

Without --trust no token and no API key is accepted: methods that need one refuse everybody. docs/edge.md
says more.

Example:
  node gateway/main.ts --out envoy.json --identity .weft/identity/gateway-1 --admin-port 9901
  weft exec --service gateway --port 8080 --health-http http://127.0.0.1:9901/ready \\
    --pre-stop 'node gateway/drain.ts --bootstrap envoy.json' -- envoy --config-path envoy.json`,
  )
  .action((flags: Flags, command: Command) => {
    const { out, identity, contracts, xds, address, port, adminPort, trustedHops, memory } = flags;
    const trust = flags.trust ? resolve(flags.trust) : undefined;
    try {
      const where = { address, port, adminPort, trustedHops, controlPlanes: xds };
      const who = { identity: resolve(identity), adminSocket: beside(out, 'sock') };
      const filters = beside(out, 'contracts');
      if (trust) prepareTrust(trust);
      const options = {
        ...{ ...where, ...who, contractFilters: filters, ...readTraceOptions(flags) },
        ...(trust && { trust }),
        ...(memory && { memoryBytes: memory * 1024 * 1024 }),
      };
      const image = Contracts.load(contracts);
      const bootstrap = makeBootstrap(image, options);
      writeContractFilters(filters, image);
      replaceFile(out, `${JSON.stringify(bootstrap, undefined, 2)}\n`);
    } catch (error) {
      command.error(`error: ${(error as Error).message}`);
    }
  })
  .parse();

/** Such as envoy.sock for envoy.json. */
function beside(file: string, extension: string): string {
  const { dir, name } = parse(resolve(file));
  return join(dir, `${name}.${extension}`);
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('It is a number from 1 to 65535.');
  }
  return number;
}

function hops(text: string): number {
  if (!/^[0-9]$/.test(text)) throw new InvalidArgumentError('It is a number from 0 to 9.');
  return Number(text);
}

function mebibytes(text: string): number {
  const least = limits.leastMemoryBytes / 1024 / 1024;
  if (!/^\d{1,7}$/.test(text) || Number(text) < least) {
    throw new InvalidArgumentError(`It is a number of MiB, ${least} or more.`);
  }
  return Number(text);
}

function ipAddress(text: string): string {
  if (!isIP(text)) throw new InvalidArgumentError('It is an IP address.');
  return text;
}

/** As the runtime names them: "unix:/run/weft/control.sock,/run/weft/control-2.sock", "ipv4:127.0.0.1:18000,127.0.0.1:18002". */
function controlPlanes(text: string): ControlAddress[] {
  const [, paths] = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(text) ?? [];
  if (paths) return paths.split(',').map((path) => ({ path: resolve(path) }));
  return text
    .replace(/^ipv[46]:/, '')
    .split(',')
    .map((entry) => {
      const [, host = '', portText = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(entry.trim()) ?? [];
      if (!isIP(host)) throw new InvalidArgumentError(`"${entry}" is not IP:PORT.`);
      return { host, port: port(portText) };
    });
}
