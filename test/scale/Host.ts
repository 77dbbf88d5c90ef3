import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConsulClient } from '@weft/mesh/consul';
import type { RestartTallies } from '../support/restartLoad.ts';
import { addressOf, type Network } from './Network.ts';

/** What runs on a host, each in a process of its own. */
export type Part = 'consul' | 'control-1' | 'control-2' | 'service' | 'caller';

const ADMIN_PORTS = { 'control-1': 18_001, 'control-2': 18_011 };
const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export interface HostOptions {
  readonly network: Network;
  readonly host: number;
  /** All hosts, this one too. */
  readonly hosts: readonly number[];
  /** Where each keeps its state and logs. */
  readonly folder: string;
  /** File of the contracts. */
  readonly contracts: string;
}

/** One host: a Consul server, two control planes, an instance of a service and a caller of it. */
export class Host {
  readonly host: number;
  readonly address: string;
  /** Its Consul, from the switch. */
  readonly consul: ConsulClient;
  readonly #options: HostOptions;
  readonly #running = new Map<Part, ChildProcess>();

  constructor(options: HostOptions) {
    this.host = options.host;
    this.address = addressOf(options.host);
    this.consul = new ConsulClient({ address: `http://${this.address}:8500`, token: '' });
    this.#options = options;
  }

  /** Starts a part, or starts it again with the state it had. */
  async start(part: Part): Promise<void> {
    const { network, folder } = this.#options;
    const home = join(folder, `host-${this.host}`);
    await mkdir(home, { recursive: true });
    const log = openSync(join(home, `${part}.log`), 'a');
    const hasChannel = part === 'service' || part === 'caller';
    const [program, ...args] = network.on(this.host, ...this.#command(part, home));
    const child = spawn(program, args, {
      stdio: ['ignore', log, log, ...(hasChannel ? (['ipc'] as const) : [])],
      env: { ...process.env, ...this.#environment(home) },
    });
    closeSync(log);
    await once(child, 'spawn');
    this.#running.set(part, child);
  }

  /** kill -9. */
  async kill(part: Part): Promise<void> {
    const child = this.#running.get(part);
    if (!child) throw new Error(`${part} does not run on host ${this.host}`);
    this.#running.delete(part);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** What the caller's calls have come to so far; "stop" ends them. */
  async tallies(command: 'tell' | 'stop' = 'tell'): Promise<RestartTallies> {
    const caller = this.#running.get('caller');
    if (!caller) throw new Error(`no caller on host ${this.host}`);
    const answer = once(caller, 'message');
    caller.send(command);
    return (await answer)[0];
  }

  /** Process id of the instance, which its answers name. */
  get instance(): string {
    return String(this.#running.get('service')?.pid);
  }

  /** Those that have ended by themselves. */
  get dead(): readonly Part[] {
    return [...this.#running]
      .filter(([, { exitCode, signalCode }]) => exitCode !== null || signalCode !== null)
      .map(([part]) => part);
  }

  #command(part: Part, home: string): string[] {
    switch (part) {
      case 'consul':
        return [
          ...[process.env.WEFT_CONSUL_BIN ?? 'consul', 'agent', '-server', '-log-level=warn'],
          ...[`-node=host-${this.host}`, `-bind=${this.address}`, '-client=0.0.0.0'],
          ...[
            `-bootstrap-expect=${this.#options.hosts.length}`,
            `-data-dir=${join(home, 'consul')}`,
          ],
          ...this.#options.hosts.map((host) => `-retry-join=${addressOf(host)}`),
          ...[
            '-retry-interval=1s',
            '-hcl=connect { enabled = true }',
            '-hcl=disable_update_check = true',
          ],
          ...['dns', 'grpc-tls', 'serf-wan'].map((name) => `-${name}-port=-1`),
          '-grpc-port=8502',
        ];
      case 'control-1':
      case 'control-2': {
        return [
          ...[process.execPath, path('../../mesh/control/main.ts')],
          ...['--listen', `unix:${socketOf(home, part)}`],
          ...['--admin', `127.0.0.1:${ADMIN_PORTS[part]}`],
        ];
      }
      case 'service':
        return [process.execPath, path('../support/edgeEcho.ts')];
      case 'caller':
        return [process.execPath, path('../support/restartCaller.ts')];
    }
  }

  #environment(home: string): NodeJS.ProcessEnv {
    return {
      CONSUL_HTTP_ADDR: 'http://127.0.0.1:8500',
      WEFT_XDS_SERVER: `unix:${Object.keys(ADMIN_PORTS).map((part) => socketOf(home, part))}`,
      WEFT_HOME: home,
      WEFT_ADDRESS: this.address,
      WEFT_INSTANCE: `host-${this.host}`,
      WEFT_CONTRACTS: this.#options.contracts,
      WEFT_LOG_LEVEL: 'info',
      // A machine that is slow is not overloaded by the few calls of a test.
      WEFT_SHED_AFTER_MS: '0',
    };
  }
}

function socketOf(home: string, part: string): string {
  return join(home, 'sockets', `${part}.sock`);
}
