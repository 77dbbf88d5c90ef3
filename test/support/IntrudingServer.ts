import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { eventually } from '../../mesh/testing/eventually.ts';
import { freePort } from '../../mesh/testing/freePort.ts';
import { killProgram, spawnProgram } from '../../mesh/testing/spawnProgram.ts';

/** A Consul server of somebody else on this machine, who would have it be one of the mesh's. It has its own ACLs: none. */
export class IntrudingServer {
  /** Base URL of its HTTP API. */
  readonly url: string;
  readonly #binary: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(binary: string, folder: string, process: ChildProcess, url: string) {
    this.#binary = binary;
    this.#folder = folder;
    this.#process = process;
    this.url = url;
  }

  /** @param gossipKey What it knows of the mesh's. Default: nothing. */
  static async start(gossipKey?: string): Promise<IntrudingServer> {
    const binary = process.env.WEFT_CONSUL_BIN ?? 'consul';
    const folder = await mkdtemp(join(tmpdir(), 'weft-intruder-'));
    const [http, server, serf] = [await freePort(), await freePort(), await freePort()];
    const child = spawnProgram(
      [
        ...[binary, 'agent', '-server', '-node=intruder', '-bind=127.0.0.1', '-client=127.0.0.1'],
        ...[`-data-dir=${join(folder, 'data')}`, '-hcl=connect { enabled = true }'],
        // How long it goes on looking for a leader before it says that there is none.
        '-hcl=performance { rpc_hold_timeout = "1s" }',
        ...['dns', 'grpc', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`),
        ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${serf}`],
        ...(gossipKey ? [`-encrypt=${gossipKey}`] : []),
      ],
      { stdio: 'ignore' },
    );
    const intruder = new IntrudingServer(binary, folder, child, `http://127.0.0.1:${http}`);
    await eventually(() => intruder.read('/v1/agent/self'), 30_000);
    return intruder;
  }

  /** `consul join` to a server that listens there. @returns whether that let it in, and what was said. */
  async join(serfPort: number): Promise<{ readonly isIn: boolean; readonly said: string }> {
    const args = ['join', `-http-addr=${this.url}`, `127.0.0.1:${serfPort}`];
    const { exitCode, all } = await execa(this.#binary, args, { reject: false, all: true });
    return { isIn: exitCode === 0, said: all };
  }

  /** GET of its API. @throws when it does not answer 200. */
  async read(path: string): Promise<string> {
    const response = await fetch(`${this.url}${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return text;
  }

  async stop(): Promise<void> {
    await killProgram(this.#process);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
