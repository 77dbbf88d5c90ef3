import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsulClient } from '@weft/mesh/consul';
import type { Logger } from 'pino';
import {
  Identity,
  type IdentityFiles,
  identityFiles,
  isFree,
  type MeshConfig,
  Registration,
  watchIdentityFiles,
  writeBootstrap,
  xdsEnvironment,
} from '../../runtime/program.ts';
import { CliError } from '../CliError.ts';
import { Child } from './Child.ts';
import { ControlRelay } from './ControlRelay.ts';
import { PrincipalFiles } from './PrincipalFiles.ts';
import { portHolders } from './portHolders.ts';
import { httpReadiness, peerReadiness, type Readiness } from './Readiness.ts';
import { runPreStop } from './runPreStop.ts';
import { StopSignals } from './StopSignals.ts';

const PROBE_EVERY_MS = 100;
const REMIND_EVERY_MS = 10_000;
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGUSR2', 'SIGWINCH'];

/** What a program serves, and what Consul is told of it. */
export interface ServingOptions {
  /** Where it serves gRPC. Free until it is started. */
  readonly port: number;
  /** It is well while this answers 2xx. Default: while a peer could connect to it. */
  readonly healthHttp: string | undefined;
  readonly meta: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Name in Consul, such as "risk". */
  readonly service: string;
  /** Undefined: it only calls others, and is not registered. */
  readonly serving: ServingOptions | undefined;
  /** For sh: run before the program is told to stop, within WEFT_DRAIN_MS. Default: nothing. */
  readonly preStop?: string;
  /** Sent to the program when its certificates have been renewed. Default: none. */
  readonly reloadSignal?: NodeJS.Signals;
  readonly config: MeshConfig;
  readonly consul: ConsulClient;
  readonly log: Logger;
}

/**
 * Runs a program of any language in the mesh: identity and xDS bootstrap before it starts, registration
 * once a peer can connect to it. On SIGTERM, SIGINT or SIGQUIT it is deregistered, callers are given the time to notice
 * (WEFT_PROPAGATION_MS), the pre-stop command is run, and then it gets the signal; if that does not end it within
 * WEFT_DRAIN_MS, SIGKILL.
 *
 * @returns what to exit with: the program's own code, or 128 and the number of the signal that ended it.
 * @throws CliError when another process listens on its port, or there is no such program.
 * @throws ConsulError when Consul refuses the certificate or the registration; the program is stopped then.
 */
export async function runInMesh(options: RunOptions): Promise<number> {
  const { command, service, config, consul, log } = options;
  const serviceId = `${service}-${config.instance}`;
  const files = identityFiles(config.home, serviceId);
  const stop = new StopSignals();
  const identity = await Identity.start({ consul, service, files, log, signal: stop.requested });
  try {
    await using controls = await ControlRelay.start(config.xdsServer, files.controlSocket);
    const { zone } = config;
    await writeBootstrap({ xdsServer: controls.target, serviceId, service, zone, files });
    await using principals = await PrincipalFiles.start(files.directory, { consul, log });
    const env = { ...childEnvironment(options, serviceId, files), ...principals.environment };
    if (options.serving) await assertFree(options.serving.port);
    const child = await Child.start(command, env);
    log.info({ serviceId, pid: child.pid, spiffeId: identity.spiffeId }, 'started');
    const { reloadSignal } = options;
    using watching = new DisposableStack();
    if (reloadSignal) watching.defer(watchIdentityFiles(files, () => child.signal(reloadSignal)));
    for (const signal of PASSED_ON) process.on(signal, () => child.signal(signal));
    stop.onAgain((signal) => child.signal(signal));
    const { pid } = child;
    const readiness =
      options.serving && readinessOf(options.serving, { ...options, identity, pid });
    await accompany(child, serviceId, { ...options, env, readiness }, stop);
    const exitCode = await child.exitCode;
    log.info({ serviceId, exitCode }, 'ended');
    return exitCode;
  } finally {
    await identity.stop();
    // Nobody who only calls will be looked for by the same name again.
    if (!options.serving) await rm(files.directory, { recursive: true, force: true });
    stop.release();
  }
}

/** @throws CliError that names who listens on it. */
async function assertFree(port: number): Promise<void> {
  if (await isFree(port)) return;
  const [holder] = portHolders(port);
  const who = holder ? `process ${holder.pid} (${holder.command})` : 'a process of somebody else';
  throw new CliError(`port ${port} is in use by ${who}`);
}

function readinessOf(
  { port, healthHttp }: ServingOptions,
  options: Pick<RunOptions, 'service' | 'config' | 'log'> & {
    readonly identity: Identity;
    readonly pid: number;
  },
): Readiness {
  if (healthHttp) return httpReadiness(healthHttp);
  return peerReadiness({ ...options, address: options.config.address, port });
}

function childEnvironment(
  { service, serving, config }: RunOptions,
  serviceId: string,
  files: IdentityFiles,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // The right to be this service in Consul is weft's; a program that has to do with Consul is given a token of its own.
    CONSUL_HTTP_TOKEN: undefined,
    CONSUL_HTTP_TOKEN_FILE: undefined,
    WEFT_LOGIN_KEY: undefined,
    ...xdsEnvironment(files),
    WEFT_SERVICE: service,
    WEFT_SERVICE_ID: serviceId,
    WEFT_PORT: serving && String(serving.port),
    WEFT_HOME: config.home,
    WEFT_IDENTITY: files.directory,
  };
}

/** From the start of the child to its end. */
async function accompany(
  child: Child,
  serviceId: string,
  options: RunOptions & {
    readonly env: NodeJS.ProcessEnv;
    readonly readiness: Readiness | undefined;
  },
  stop: StopSignals,
): Promise<void> {
  const { serving, readiness, config, log } = options;
  const over = AbortSignal.any([stop.requested, child.ended]);
  const watching = new AsyncDisposableStack();
  let registration: Registration | undefined;
  try {
    if (serving && readiness && (await becomesReady(readiness, log, over))) {
      registration = await Registration.start({
        ...options,
        ...serving,
        id: serviceId,
        address: config.address,
        readyUrl: await readiness.watch(watching),
      });
      log.info({ serviceId, port: serving.port }, 'registered');
    }
    await aborted(over);
  } finally {
    await registration
      ?.stop()
      .catch((err) => options.log.warn({ err, serviceId }, 'could not deregister'));
    await watching.disposeAsync();
    if (registration) await pause(options.config.propagationMs, child.ended);
    if (options.preStop && !child.ended.aborted) await runPreStop(options.preStop, options, child);
    child.signal(stop.first);
    await pause(options.config.drainMs, child.ended);
    child.signal('SIGKILL');
  }
}

/** Whether the program serves before `over` aborts. */
async function becomesReady(
  readiness: Readiness,
  log: Logger,
  over: AbortSignal,
): Promise<boolean> {
  let remindAt = Date.now() + REMIND_EVERY_MS;
  while (!over.aborted) {
    const reason = await readiness.check().then(
      () => undefined,
      ({ message }: Error) => message,
    );
    if (reason === undefined) return !over.aborted;
    if (Date.now() >= remindAt) {
      log.warn({ reason }, 'still waiting for the program to serve');
      remindAt = Date.now() + REMIND_EVERY_MS;
    }
    await pause(PROBE_EVERY_MS, over);
  }
  return false;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits, but not longer than until the signal aborts. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
