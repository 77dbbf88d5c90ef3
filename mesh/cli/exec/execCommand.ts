import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import type { MeshConfig } from '../../runtime/program.ts';
import { CliError } from '../CliError.ts';
import { listOption, portOption, serviceOption, signalOption } from '../output/options.ts';
import type { ServingOptions } from './runInMesh.ts';

interface ExecOptions {
  readonly service: string;
  readonly port?: number;
  readonly client?: true;
  readonly group?: string;
  readonly instance?: string;
  readonly healthHttp?: string;
  readonly adminPort?: number;
  readonly preStop?: string;
  readonly reloadSignal?: NodeJS.Signals;
  readonly upstreams: string[];
  readonly grpc: string[];
}

/** `weft exec`: a program of any language as a service of the mesh. */
export function execCommand(): Command {
  return new Command('exec')
    .description('Run a program of any language as a service of the mesh.')
    .argument('<command...>', 'the program and its arguments')
    .requiredOption('--service <name>', "the service's name in Consul", serviceOption)
    .option(
      '--port <port>',
      'where the program serves gRPC (default: a free one, told to it in WEFT_PORT)',
      portOption,
    )
    .option('--client', 'the program serves nothing: it gets an identity, and is not registered')
    .option(
      '--instance <name>',
      'tells instances on one host apart (default: WEFT_INSTANCE, else 1)',
    )
    .option(
      '--health-http <url>',
      'healthy while it answers 2xx (default: while a peer can connect by mutual TLS)',
    )
    .option('--admin-port <port>', "told to Consul as the program's admin port", portOption)
    .option('--pre-stop <command>', 'for sh: has the program finish before it is told to stop')
    .option(
      '--reload-signal <name>',
      'sent to the program when its certificates have been renewed, such as HUP (default: none)',
      signalOption,
    )
    .option('--group <name>', 'told to Consul: what `weft status` shows it under')
    .option('--upstreams <names>', 'services that it calls, told to Consul', listOption, [])
    .option('--grpc <names>', 'gRPC services it serves, for `weft call` to find', listOption, [])
    .passThroughOptions()
    .addHelpText('after', HELP)
    .hook('preAction', (command) => assertClient(command))
    .action(exec);
}

const HELP = `
The program is given, as environment variables:
  GRPC_XDS_BOOTSTRAP  makes xds:///NAME work in every gRPC library
  WEFT_IDENTITY       folder of cert.pem, key.pem and roots.pem, kept fresh, and of sds.json for Envoy
  WEFT_PRINCIPAL_JWKS, WEFT_PRINCIPAL_REVOKED
                      files, kept fresh, by which the tokens are judged that say who acts
  WEFT_SERVICE, WEFT_SERVICE_ID, WEFT_PORT, WEFT_HOME
It is registered in Consul once it serves: by mutual TLS with its own identity, on its own port. While no peer could
connect to it, it is critical there. SIGTERM takes it out of Consul, waits WEFT_PROPAGATION_MS
(500) for callers to notice, and then reaches the program; after WEFT_DRAIN_MS (10000) more, SIGKILL does.
A --pre-stop command, for programs that do not finish what is under way by themselves, is run before it and
has WEFT_DRAIN_MS of its own. CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE and WEFT_LOGIN_KEY are not handed on.

In the mesh that make up runs, it takes a token of Consul that is good for this service alone, expires and is destroyed
when the program has ended; a token that you set is taken instead.

Under a supervisor, have it start node_modules/.bin/weft and not npx, which hands on no signal; when npx is gone, weft
takes it for SIGTERM.

Exits with the program's code; 128 and the signal's number when a signal ended it.

Examples:
  weft exec --service risk --port 9000 -- python risk.py
  weft exec --service risk -- sh -c 'python risk.py --port $WEFT_PORT'
  weft exec --service report --client -- python report.py
  weft exec --service gateway --port 8080 --health-http http://127.0.0.1:9901/ready -- envoy -c e.json`;

/** Told to Consul, which hears nothing of a program that only calls. */
const OF_SERVERS = ['port', 'healthHttp', 'adminPort', 'group', 'upstreams', 'grpc'] as const;

/** @throws CliError that names an option that does not go with --client. */
function assertClient(exec: Command): void {
  if (!exec.opts<ExecOptions>().client) return;
  const given = OF_SERVERS.find((name) => exec.getOptionValueSource(name) === 'cli');
  if (given) {
    const option = exec.options.find((each) => each.attributeName() === given)?.long;
    throw new CliError(`${option} is for programs that serve, and --client says that it does not`, {
      exitCode: 2,
    });
  }
}

async function servingOf(options: ExecOptions, config: MeshConfig): Promise<ServingOptions> {
  const { freePort } = await import('../../runtime/program.ts');
  return {
    port: options.port ?? (await freePort()),
    healthHttp: options.healthHttp,
    meta: {
      version: config.version,
      build: config.build,
      ...(config.zone ? { zone: config.zone } : {}),
      runtime: 'exec',
      ...(options.group ? { 'weft-group': options.group } : {}),
      ...(options.adminPort ? { 'weft-admin': `127.0.0.1:${options.adminPort}` } : {}),
      ...(options.upstreams.length ? { 'weft-upstreams': options.upstreams.join(',') } : {}),
      ...(options.grpc.length ? { 'weft-grpc': options.grpc.join(',') } : {}),
    },
  };
}

async function exec(command: string[], options: ExecOptions): Promise<void> {
  const { createLogger, readMeshConfig } = await import('../../runtime/program.ts');
  const { runInMesh } = await import('./runInMesh.ts');
  const { ServiceToken } = await import('./ServiceToken.ts');
  const instance = options.instance ?? process.env.WEFT_INSTANCE;
  const config = readMeshConfig({
    ...process.env,
    // Several may call under one name at the same time, as a command does.
    WEFT_INSTANCE: instance ?? (options.client ? String(process.pid) : undefined),
  });
  const serving = options.client ? undefined : await servingOf(options, config);
  const log = createLogger({
    level: config.logLevel,
    base: { service: options.service, instance: config.instance },
    // Standard output is the program's.
    fd: 2,
  });
  const address = config.consulAddress ? { address: config.consulAddress } : {};
  const { WEFT_LOGIN_KEY } = process.env;
  await using token = WEFT_LOGIN_KEY
    ? await ServiceToken.obtain({
        service: options.service,
        keyFile: WEFT_LOGIN_KEY,
        consul: new ConsulClient({ ...address, token: '' }),
        log,
      })
    : undefined;
  process.exitCode = await runInMesh({
    command,
    service: options.service,
    serving,
    config,
    ...(options.preStop ? { preStop: options.preStop } : {}),
    ...(options.reloadSignal ? { reloadSignal: options.reloadSignal } : {}),
    consul: new ConsulClient({ ...address, ...(token && { token: () => token.value }) }),
    log,
  });
}
