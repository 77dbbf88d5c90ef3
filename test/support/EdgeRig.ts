import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { pino } from 'pino';
import type { EdgeOptions } from '../../gateway/EdgeOptions.ts';
import { makeBootstrap } from '../../gateway/makeBootstrap.ts';
import { Envoy, freePort } from '../../gateway/testing/Envoy.ts';
import { type PolicyChange, withAccess } from '../../gateway/testing/withAccess.ts';
import { ControlPlane } from '../../mesh/control/ControlPlane.ts';
import { TestConsul } from '../../mesh/control/testing/TestConsul.ts';
import { writeIdentity } from '../../mesh/control/testing/writeIdentity.ts';
import type { OutsideCaller } from '../../mesh/runtime/index.ts';
import { waitFor } from './waitFor.ts';

/** What a service behind the edge knows of a call. */
export interface Seen {
  readonly instance: string;
  readonly caller: OutsideCaller | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RigOptions {
  /** Other policies for methods of the contracts, by path. */
  readonly policies?: Readonly<Record<string, PolicyChange>>;
  readonly edge?: Partial<EdgeOptions>;
}

/**
 * The edge and what it stands on, all real, on free ports: Consul, a control plane, Envoy with the generated
 * bootstrap, and instances of a service that echoes in the place of analytics.
 */
export class EdgeRig {
  /** Base URL of the edge. */
  readonly url: string;
  readonly port: number;
  /** Base URL of Envoy's admin page. */
  readonly adminUrl: string;
  readonly envoy: Envoy;
  readonly #parts: { consul: TestConsul; control: ControlPlane; folder: string };
  readonly #instances = new Map<string, ChildProcess>();

  private constructor(
    parts: { consul: TestConsul; control: ControlPlane; folder: string },
    envoy: Envoy,
    port: number,
    adminPort: number,
  ) {
    this.#parts = parts;
    this.envoy = envoy;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
  }

  /** Answers once a call gets through. */
  static async start({ policies = {}, edge = {} }: RigOptions = {}): Promise<EdgeRig> {
    const contracts = withAccess(Contracts.load(), policies);
    const folder = await mkdtemp(join(tmpdir(), 'weft-rig-'));
    await writeFile(join(folder, 'image.binpb'), contracts.image);
    const consul = await TestConsul.start();
    const control = await ControlPlane.start({
      listen: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      consul: consul.client,
      contracts,
      log: pino({ level: 'silent' }),
    });
    await consul.intend('analytics', { gateway: 'allow' });
    const identity = await writeIdentity(consul.client, 'gateway');
    const [port, adminPort] = [await freePort(), await freePort()];
    const bootstrap = makeBootstrap(contracts, {
      address: '127.0.0.1',
      port,
      adminPort,
      controlPlanes: [{ host: '127.0.0.1', port: Number(control.xdsServer.split(':').at(-1)) }],
      identity: identity.folder,
      ...edge,
    });
    const envoy = await Envoy.start(bootstrap, adminPort);
    const rig = new EdgeRig({ consul, control, folder }, envoy, port, adminPort);
    try {
      await rig.startInstance('1');
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  /** Starts an instance of the service; answers once Consul finds it healthy and Envoy knows it. */
  async startInstance(instance: string): Promise<void> {
    const { consul, control, folder } = this.#parts;
    const child = fork(fileURLToPath(new URL('edgeEcho.ts', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        CONSUL_HTTP_ADDR: consul.client.address,
        WEFT_XDS_SERVER: control.xdsServer,
        WEFT_HOME: folder,
        WEFT_CONTRACTS: join(folder, 'image.binpb'),
        WEFT_INSTANCE: instance,
        WEFT_LOG_LEVEL: 'warn',
      },
    });
    this.#instances.set(instance, child);
    await waitFor(`instance ${instance}`, async () => {
      if (child.exitCode !== null) throw new Error(`instance ${instance} ended`);
      const healthy = (await consul.client.read<object[]>('/health/service/analytics?passing'))
        .value;
      const clusters = await (await fetch(`${this.adminUrl}/clusters`)).text();
      const known = clusters.match(/^analytics::[^:]+:\d+::cx_total/gm) ?? [];
      return [healthy, known].every(({ length }) => length === this.#instances.size);
    });
  }

  /** SIGTERM, and until it has ended in order. */
  async stopInstance(instance: string): Promise<void> {
    const child = this.#instances.get(instance);
    this.#instances.delete(instance);
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    for (const child of this.#instances.values()) child.kill('SIGKILL');
    await this.envoy.stop();
    await this.#parts.control.stop();
    await this.#parts.consul.stop();
    await rm(this.#parts.folder, { recursive: true, force: true });
  }
}
