import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { pino } from 'pino';
import { prepareTrust } from '../../gateway/access/writeTrust.ts';
import type { EdgeOptions } from '../../gateway/EdgeOptions.ts';
import { makeBootstrap } from '../../gateway/makeBootstrap.ts';
import { Envoy } from '../../gateway/testing/Envoy.ts';
import { type PolicyChange, withAccess } from '../../gateway/testing/withAccess.ts';
import { ControlPlane } from '../../mesh/control/ControlPlane.ts';
import type { Principal } from '../../mesh/runtime/index.ts';
import { freePort } from '../../mesh/testing/freePort.ts';
import { publishKeys } from '../../mesh/testing/publishTrust.ts';
import { killProgram, spawnProgram } from '../../mesh/testing/spawnProgram.ts';
import { TestConsul } from '../../mesh/testing/TestConsul.ts';
import type { TestIdentity } from '../../mesh/testing/TestIdentity.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { waitFor } from './waitFor.ts';

const START_MS = 120_000;

/** What a service behind the edge knows of a call. */
export interface Seen {
  readonly instance: string;
  readonly principal: Principal | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RigOptions {
  /** Other policies for methods of the contracts, by path. */
  readonly policies?: Readonly<Record<string, PolicyChange>>;
  readonly edge?: Partial<EdgeOptions>;
  /** Who signs tokens: it is published in Consul, and the edge kept told. Default: nobody. */
  readonly identity?: TestIdentity;
  /** How many run side by side. Default: 1. */
  readonly controlPlanes?: number;
  /** Origins whose pages may call. Default: none but the edge's. */
  readonly corsOrigins?: readonly string[];
}

interface Parts {
  readonly consul: TestConsul;
  /** Where they listen; those that run. */
  readonly controlPorts: number[];
  readonly controls: Map<number, ControlPlane>;
  readonly contracts: Contracts;
  readonly corsOrigins: readonly string[];
  readonly folder: string;
}

/**
 * The edge and what it stands on, all real, on free ports: Consul, control planes, Envoy with the generated
 * bootstrap, and instances of a service that echoes in the place of analytics.
 */
export class EdgeRig {
  /** Base URL of the edge. */
  readonly url: string;
  readonly port: number;
  /** Base URL of Envoy's admin page. */
  readonly adminUrl: string;
  readonly envoy: Envoy;
  readonly #parts: Parts;
  readonly #instances = new Map<string, ChildProcess>();
  #helper: ChildProcess | undefined;

  private constructor(
    parts: Parts,
    envoy: Envoy,
    port: number,
    adminPort: number,
    helper: ChildProcess | undefined,
  ) {
    this.#parts = parts;
    this.#helper = helper;
    this.envoy = envoy;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
  }

  /** Answers once a call gets through. */
  static async start({
    policies = {},
    edge = {},
    identity: signer,
    controlPlanes = 1,
    corsOrigins = [],
  }: RigOptions = {}): Promise<EdgeRig> {
    const contracts = withAccess(Contracts.load(), policies);
    const folder = await mkdtemp(join(tmpdir(), 'weft-rig-'));
    await writeFile(join(folder, 'image.binpb'), contracts.image);
    const consul = await TestConsul.start();
    const parts: Parts = {
      ...{ consul, contracts, corsOrigins, folder },
      ...{ controlPorts: [], controls: new Map() },
    };
    while (parts.controlPorts.length < controlPlanes) {
      const port = await freePort();
      parts.controlPorts.push(port);
      await startControl(parts, port);
    }
    await consul.intend('analytics', { gateway: 'allow', cli: 'allow' });
    const trust = join(folder, 'trust');
    prepareTrust(trust);
    let helper: ChildProcess | undefined;
    if (signer) {
      await publishKeys(consul.client, signer);
      helper = followTrust(consul, trust);
    }
    const identity = await writeIdentity(consul.client, 'gateway');
    const [port, adminPort] = [await freePort(), await freePort()];
    const bootstrap = makeBootstrap(contracts, {
      address: '127.0.0.1',
      port,
      adminSocket: join(folder, 'envoy.sock'),
      adminPort,
      controlPlanes: parts.controlPorts.map((port) => ({ host: '127.0.0.1', port })),
      identity: identity.folder,
      trust,
      ...edge,
    });
    const envoy = await Envoy.start(bootstrap, adminPort);
    const rig = new EdgeRig(parts, envoy, port, adminPort, helper);
    try {
      await rig.startInstance('1');
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  /** What a process needs in its environment to join. */
  get environment(): Readonly<Record<string, string>> {
    const { consul, controlPorts, folder } = this.#parts;
    return {
      CONSUL_HTTP_ADDR: consul.client.address,
      WEFT_XDS_SERVER: `ipv4:${controlPorts.map((port) => `127.0.0.1:${port}`).join()}`,
      WEFT_HOME: folder,
      WEFT_CONTRACTS: join(folder, 'image.binpb'),
      WEFT_LOG_LEVEL: 'warn',
      // A machine that is slow is not overloaded by the few calls of a test.
      WEFT_SHED_AFTER_MS: '0',
    };
  }

  get consul(): TestConsul {
    return this.#parts.consul;
  }

  /** Kills what keeps the edge told by what tokens are judged. */
  async killHelper(): Promise<void> {
    if (this.#helper) await killProgram(this.#helper);
  }

  startHelper(): void {
    this.#helper = followTrust(this.#parts.consul, join(this.#parts.folder, 'trust'));
  }

  async stopControl(index: number): Promise<void> {
    const { controls, controlPorts } = this.#parts;
    const port = controlPorts[index] ?? 0;
    await controls.get(port)?.stop();
    controls.delete(port);
  }

  /** Starts it where it was; answers once it knows what Consul knows. */
  async startControl(index: number): Promise<void> {
    const control = await startControl(this.#parts, this.#parts.controlPorts[index] ?? 0);
    await waitFor('the new control plane to know the mesh', () => control.missing.length === 0);
  }

  /** Starts an instance of the service; answers once Consul finds it healthy and Envoy knows it. */
  async startInstance(instance: string): Promise<void> {
    const { consul } = this.#parts;
    const child = fork(fileURLToPath(new URL('edgeEcho.ts', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...this.environment, WEFT_INSTANCE: instance },
    });
    this.#instances.set(instance, child);
    await waitFor(
      `instance ${instance}`,
      async () => {
        if (child.exitCode !== null) throw new Error(`instance ${instance} ended`);
        const healthy = (await consul.client.read<object[]>('/health/service/analytics?passing'))
          .value;
        const clusters = await (await fetch(`${this.adminUrl}/clusters`)).text();
        const known = clusters.match(/^analytics::[^:]+:\d+::cx_total/gm) ?? [];
        return [healthy, known].every(({ length }) => length === this.#instances.size);
      },
      START_MS,
    );
  }

  /** @throws when it does not run. */
  pidOf(instance: string): number {
    const pid = this.#instances.get(instance)?.pid;
    if (pid === undefined) throw new Error(`there is no instance ${instance}`);
    return pid;
  }

  /** SIGTERM, and until it has ended. @returns what it exits with. */
  async stopInstance(instance: string): Promise<number | null> {
    const child = this.#instances.get(instance);
    if (!child) throw new Error(`there is no instance ${instance}`);
    this.#instances.delete(instance);
    if (child.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
    return child.exitCode;
  }

  async stop(): Promise<void> {
    for (const child of this.#instances.values()) child.kill('SIGKILL');
    await this.killHelper();
    await this.envoy.stop();
    for (const control of this.#parts.controls.values()) await control.stop();
    await this.#parts.consul.stop();
    await rm(this.#parts.folder, { recursive: true, force: true });
  }
}

/** The program that keeps an edge told. */
function followTrust({ client }: TestConsul, folder: string): ChildProcess {
  const script = fileURLToPath(new URL('../../gateway/trust.ts', import.meta.url));
  return spawnProgram([process.execPath, script, '--folder', folder, '--log-level', 'warn'], {
    env: { ...process.env, CONSUL_HTTP_ADDR: client.address },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function startControl(parts: Parts, port: number): Promise<ControlPlane> {
  const { consul, contracts, controls, corsOrigins } = parts;
  const control = await ControlPlane.start({
    listen: `127.0.0.1:${port}`,
    admin: '127.0.0.1:0',
    consul: consul.client,
    contracts,
    corsOrigins,
    log: pino({ level: 'silent' }),
  });
  controls.set(port, control);
  return control;
}
