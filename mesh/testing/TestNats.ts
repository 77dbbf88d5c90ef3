import type { ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  connectNats,
  type EventPlan,
  NATS_SERVICE,
  natsPermissions,
  provisionStreams,
  serverConfig,
} from '../events/index.ts';
import { eventually } from './eventually.ts';
import { freePort } from './freePort.ts';
import { isListening } from './isListening.ts';
import { isRunning, killProgram, spawnProgram } from './spawnProgram.ts';
import type { TestConsul } from './TestConsul.ts';
import { writeIdentity } from './writeIdentity.ts';

const START_MS = 30_000;

/** Where an identity's files are, as connectNats() takes them. */
export interface TestNatsIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly roots: string;
}

/**
 * A NATS server of its own, closed to all but members of a Consul's mesh: WEFT_NATS_BIN, else `nats-server` on PATH. It
 * dies with this process.
 */
export class TestNats {
  readonly url: string;
  readonly #consul: Pick<TestConsul, 'client'>;
  readonly #folder: string;
  readonly #port: number;
  readonly #identities = new Map<string, Promise<TestNatsIdentity>>();
  #process: ChildProcess | undefined;

  private constructor(consul: Pick<TestConsul, 'client'>, folder: string, port: number) {
    this.#consul = consul;
    this.#folder = folder;
    this.#port = port;
    this.url = `nats://127.0.0.1:${port}`;
  }

  /** Starts one, with the streams and permissions of a plan. */
  static async start(consul: Pick<TestConsul, 'client'>, plan: EventPlan): Promise<TestNats> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-nats-'));
    const nats = new TestNats(consul, folder, await freePort());
    await nats.#configure(plan);
    await nats.run();
    await using connection = await nats.#connected('cli');
    await provisionStreams(connection.nats, plan);
    return nats;
  }

  /** The identity of a service, which Consul vouches for. */
  identity(service: string): Promise<TestNatsIdentity> {
    let made = this.#identities.get(service);
    if (!made) {
      made = writeIdentity(this.#consul.client, service, this.#folder).then(
        ({ cert, key, roots }) => ({ certificate: cert, key, roots }),
      );
      this.#identities.set(service, made);
    }
    return made;
  }

  /** A connection as a service. The caller closes it. */
  async connect(service: string): Promise<NatsConnection> {
    return connectNats({
      url: this.url,
      service,
      name: service,
      identity: await this.identity(service),
    });
  }

  async run(): Promise<void> {
    const binary = process.env.WEFT_NATS_BIN || 'nats-server';
    const server = spawnProgram([binary, '--config', join(this.#folder, 'nats.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = server;
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-2_000);
    });
    const ended = await eventually(async () => {
      if (!isRunning(server)) return true;
      await isListening(this.#port);
      return undefined;
    }, START_MS);
    if (ended) throw new Error(`NATS ended: ${said}`);
  }

  /** By SIGKILL. What it has stored stays. */
  async kill(): Promise<void> {
    if (this.#process) await killProgram(this.#process);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Takes what it has stored aside, for restore(). It must not run. */
  async save(): Promise<void> {
    await cp(join(this.#folder, 'data'), join(this.#folder, 'saved'), { recursive: true });
  }

  /** Puts back what was stored when save() was called, as a power loss may. It must not run. */
  async restore(): Promise<void> {
    await rm(join(this.#folder, 'data'), { recursive: true });
    await cp(join(this.#folder, 'saved'), join(this.#folder, 'data'), { recursive: true });
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #configure(plan: EventPlan): Promise<void> {
    const identity = await this.identity(NATS_SERVICE);
    const { subjectAltName = '' } = new X509Certificate(await readFile(identity.certificate));
    const own = subjectAltName.replace(/^URI:/, '');
    const config = serverConfig({
      host: '127.0.0.1',
      port: this.#port,
      storage: join(this.#folder, 'data'),
      identity,
      users: natsPermissions(plan, (service) => own.replace(/[^/]*$/, service)),
    });
    await writeFile(join(this.#folder, 'nats.json'), config);
  }

  async #connected(service: string): Promise<AsyncDisposable & { nats: NatsConnection }> {
    const nats = await this.connect(service);
    return { nats, [Symbol.asyncDispose]: () => nats.close() };
  }
}
