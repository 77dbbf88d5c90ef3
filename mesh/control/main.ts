#!/usr/bin/env node
import { join } from 'node:path';
import { controlSocket } from '@weft/mesh/local';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ConsulClient } from '../consul/index.ts';
import { Contracts } from '../contracts/index.ts';
import { outputLogger } from '../logging/outputLogger.ts';
import { ControlPlane } from './ControlPlane.ts';
import { readEdgeManifests } from './readEdgeManifests.ts';

interface Flags {
  readonly listen: string;
  readonly admin: string;
  readonly consul?: string;
  readonly contracts?: string;
  readonly state?: string;
  readonly corsOrigin: readonly string[];
  readonly services?: string;
  readonly logLevel: string;
}

const command = new Command('weft-control')
  .description(
    "Turns what Consul knows into xDS for this host's processes. Runs beside a Consul agent.",
  )
  .addOption(
    new Option(
      '--listen <address>',
      'where to serve xDS: unix:PATH, or HOST:PORT of loopback, which others may take while it does not run',
    )
      .env('WEFT_CONTROL_LISTEN')
      .default(`unix:${controlSocket()}`),
  )
  .addOption(
    new Option(
      '--admin <host:port>',
      'where to serve /health, /ready, /metrics, /status and /routes/SERVICE; loopback only',
    )
      .env('WEFT_CONTROL_ADMIN')
      .default('127.0.0.1:18001'),
  )
  .addOption(
    new Option('--consul <url>', 'the Consul agent (default: http://127.0.0.1:8500)').env(
      'CONSUL_HTTP_ADDR',
    ),
  )
  .addOption(
    new Option(
      '--contracts <file>',
      'buf image of the contracts (default: that of `make generate`)',
    ).env('WEFT_CONTRACTS'),
  )
  .addOption(
    new Option(
      '--state <folder>',
      'where the last good config entries are kept over restarts (default: control in WEFT_HOME, if that is set)',
    ).env('WEFT_CONTROL_STATE'),
  )
  .addOption(
    new Option(
      '--cors-origin <origin,...>',
      "other origins than the edge's own whose pages may call through it, such as https://app.example; * for any",
    )
      .env('WEFT_CORS_ORIGINS')
      .argParser(originsOption)
      .default([], 'none'),
  )
  .addOption(
    new Option(
      '--services <folder>',
      'services whose manifests (service.yaml) say which paths at the edge lead to their HTTP, and how often an address may call (default: no path does)',
    ).env('WEFT_SERVICES'),
  )
  .addOption(
    new Option('--log-level <level>', 'least severe lines to log')
      .env('WEFT_LOG_LEVEL')
      .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info'),
  )
  .addHelpText(
    'after',
    '\nA Consul ACL token is taken from CONSUL_HTTP_TOKEN_FILE or CONSUL_HTTP_TOKEN.',
  );

const flags = command.parse().opts<Flags>();
const log = outputLogger({ level: flags.logLevel });
try {
  const contracts = Contracts.load(flags.contracts);
  const control = await ControlPlane.start({
    listen: flags.listen,
    admin: flags.admin,
    consul: new ConsulClient(flags.consul === undefined ? {} : { address: flags.consul }),
    contracts,
    ...(flags.services === undefined ? {} : await readEdgeManifests(flags.services, contracts)),
    ...stateFolder(flags.state),
    corsOrigins: flags.corsOrigin,
    log,
  });
  log.info({ xds: control.xdsServer, admin: control.adminUrl }, 'control plane listening');
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'control plane stopping');
    void control.stop();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  log.fatal({ err: error }, 'control plane cannot start');
  process.exitCode = 1;
}

/** @param former Of the same option, given before. */
function originsOption(text: string, former: readonly string[]): readonly string[] {
  const origins = text
    .split(',')
    .map((origin) => origin.trim())
    .filter(Boolean);
  for (const origin of origins) {
    if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) continue;
    throw new InvalidArgumentError(
      `"${origin}" is neither * nor an origin, such as https://app.example or http://localhost:3000.`,
    );
  }
  return [...former, ...origins];
}

function stateFolder(state: string | undefined): { state?: string } {
  const { WEFT_HOME: home } = process.env;
  if (state) return { state };
  return home ? { state: join(home, 'control') } : {};
}
