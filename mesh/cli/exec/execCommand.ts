import { isIPv6 } from 'node:net';
import { ConsulClient } from '@weft/mesh/consul';
import { Command } from 'commander';
import { listOption, portOption, serviceOption } from '../output/options.ts';

interface ExecOptions {
  readonly service: string;
  readonly port?: number;
  readonly group?: string;
  readonly instance?: string;
  readonly healthHttp?: string;
  readonly adminPort?: number;
  readonly preStop?: string;
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
    .option(
      '--instance <name>',
      'tells instances on one host apart (default: WEFT_INSTANCE, else 1)',
    )
    .option(
      '--health-http <url>',
      'healthy while it answers 2xx (default: while the port takes connections)',
    )
    .option('--admin-port <port>', "told to Consul as the program's admin port", portOption)
    .option('--pre-stop <command>', 'for sh: has the program finish before it is told to stop')
    .option('--group <name>', 'told to Consul: what `weft status` shows it under')
    .option('--upstreams <names>', 'services that it calls, told to Consul', listOption, [])
    .option('--grpc <names>', 'gRPC services it serves, for `weft call` to find', listOption, [])
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(exec);
}

const HELP = `
The program is given, as environment variables:
  GRPC_XDS_BOOTSTRAP  makes xds:///NAME work in every gRPC library
  WEFT_IDENTITY       folder of cert.pem, key.pem and roots.pem, kept fresh, and of sds.json for Envoy
  WEFT_SERVICE, WEFT_SERVICE_ID, WEFT_PORT, WEFT_HOME
It is registered in Consul once it answers. SIGTERM takes it out of Consul, waits WEFT_PROPAGATION_MS
(500) for callers to notice, and then reaches the program; after WEFT_DRAIN_MS (10000) more, SIGKILL does.
A --pre-stop command, for programs that do not finish what is under way by themselves, is run before it and
has WEFT_DRAIN_MS of its own.

Exits with the program's code; 128 and the signal's number when a signal ended it.

Examples:
  weft exec --service risk --port 9000 -- python risk.py
  weft exec --service risk -- sh -c 'python risk.py --port $WEFT_PORT'
  weft exec --service gateway --port 8080 --health-http http://127.0.0.1:9901/ready -- envoy -c e.json`;

async function exec(command: string[], options: ExecOptions): Promise<void> {
  const { readMeshConfig } = await import('../../runtime/config/MeshConfig.ts');
  const { createLogger } = await import('../../runtime/logging/createLogger.ts');
  const { runInMesh } = await import('./runInMesh.ts');
  const env = options.instance ? { ...process.env, WEFT_INSTANCE: options.instance } : process.env;
  const config = readMeshConfig(env);
  const { freePort } = await import('../../runtime/server/freePort.ts');
  const port = options.port ?? (await freePort());
  process.exitCode = await runInMesh({
    command,
    service: options.service,
    port,
    readyUrl: options.healthHttp ?? `tcp://${hostOf(config.address)}:${port}`,
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
    config,
    ...(options.preStop ? { preStop: options.preStop } : {}),
    consul: new ConsulClient(config.consulAddress ? { address: config.consulAddress } : {}),
    log: createLogger({
      level: config.logLevel,
      base: { service: options.service, instance: config.instance },
      // Standard output is the program's.
      fd: 2,
    }),
  });
}

/** As a URL names it. */
function hostOf(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
