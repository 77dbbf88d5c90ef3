import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsulClient } from '@weft/mesh/consul';
import type { Logger } from 'pino';
import type { MeshConfig } from '../../runtime/config/MeshConfig.ts';
import { writeBootstrap, xdsEnvironment } from '../../runtime/identity/bootstrap.ts';
import { Identity } from '../../runtime/identity/Identity.ts';
import { type IdentityFiles, identityFiles } from '../../runtime/identity/identityFiles.ts';
import { Registration } from '../../runtime/registration/Registration.ts';
import { Child } from './Child.ts';
import { ControlRelay } from './ControlRelay.ts';
import { isReady } from './isReady.ts';
import { runPreStop } from './runPreStop.ts';
import { StopSignals } from './StopSignals.ts';

const PROBE_EVERY_MS = 100;
const REMIND_EVERY_MS = 10_000;
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGUSR2', 'SIGWINCH'];

export interface RunOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Name in Consul, such as "risk". */
  readonly service: string;
  /** Where the program serves. */
  readonly port: number;
  /** Where Consul asks whether it is well: http://..., or tcp://HOST:PORT. */
  readonly readyUrl: string;
  /** What Consul is told of the instance. */
  readonly meta: Readonly<Record<string, string>>;
  /** For sh: run before the program is told to stop, within WEFT_DRAIN_MS. Default: nothing. */
  readonly preStop?: string;
  readonly config: MeshConfig;
  readonly consul: ConsulClient;
  readonly log: Logger;
}

/**
 * Runs a program of any language in the mesh: identity and xDS bootstrap before it starts, registration
 * once it answers. On SIGTERM, SIGINT or SIGQUIT it is deregistered, callers are given the time to notice
 * (WEFT_PROPAGATION_MS), the pre-stop command is run, and then it gets the signal; if that does not end it within
 * WEFT_DRAIN_MS, SIGKILL.
 *
 * @returns what to exit with: the program's own code, or 128 and the number of the signal that ended it.
 * @throws ConsulError when Consul refuses the certificate or the registration; the program is stopped then.
 */
export async function runInMesh(options: RunOptions): Promise<number> {
  const { command, service, config, consul, log } = options;
  const serviceId = `${service}-${config.instance}`;
  const files = identityFiles(config.home, serviceId);
  const stop = new StopSignals();
  const identity = await Identity.start({ consul, service, files, log, signal: stop.requested });
  try {
    await using controls = await ControlRelay.start(config.xdsServer);
    const { zone } = config;
    await writeBootstrap({ xdsServer: controls.target, serviceId, service, zone, files });
    const env = childEnvironment(options, serviceId, files);
    const child = await Child.start(command, env);
    log.info({ serviceId, pid: child.pid, spiffeId: identity.spiffeId }, 'started');
    for (const signal of PASSED_ON) process.on(signal, () => child.signal(signal));
    stop.onAgain((signal) => child.signal(signal));
    await accompany(child, serviceId, { ...options, env }, stop);
    const exitCode = await child.exitCode;
    log.info({ serviceId, exitCode }, 'ended');
    return exitCode;
  } finally {
    await identity.stop();
    stop.release();
  }
}

function childEnvironment(
  { service, port, config }: RunOptions,
  serviceId: string,
  files: IdentityFiles,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...xdsEnvironment(files),
    WEFT_SERVICE: service,
    WEFT_SERVICE_ID: serviceId,
    WEFT_PORT: String(port),
    WEFT_HOME: config.home,
    WEFT_IDENTITY: files.directory,
  };
}

/** From the start of the child to its end. */
async function accompany(
  child: Child,
  serviceId: string,
  options: RunOptions & { readonly env: NodeJS.ProcessEnv },
  stop: StopSignals,
): Promise<void> {
  const over = AbortSignal.any([stop.requested, child.ended]);
  let registration: Registration | undefined;
  try {
    if (await becomesReady(options, over)) {
      registration = await Registration.start({
        id: serviceId,
        address: options.config.address,
        ...options,
      });
      options.log.info({ serviceId, port: options.port }, 'registered');
      await aborted(over);
    }
  } finally {
    await registration
      ?.stop()
      .catch((err) => options.log.warn({ err, serviceId }, 'could not deregister'));
    if (registration) await pause(options.config.propagationMs, child.ended);
    if (options.preStop && !child.ended.aborted) await runPreStop(options.preStop, options, child);
    child.signal(stop.first);
    await pause(options.config.drainMs, child.ended);
    child.signal('SIGKILL');
  }
}

/** Whether the program answers before `over` aborts. */
async function becomesReady({ readyUrl, log }: RunOptions, over: AbortSignal): Promise<boolean> {
  let remindAt = Date.now() + REMIND_EVERY_MS;
  while (!over.aborted) {
    if (await isReady(readyUrl)) return !over.aborted;
    if (Date.now() >= remindAt) {
      log.warn({ readyUrl }, 'still waiting for the program to answer');
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
