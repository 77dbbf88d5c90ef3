import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const SUBNET = '10.77.0';
const DELAY = ['delay', '2ms', '1ms', 'loss', '0.1%'];

/**
 * Hosts as network namespaces, each on a cable of its own to one switch, to which the caller is connected as well.
 * It lays them in its own namespaces of network, mounts and processes (see run.ts), so all of it ends with them.
 */
export class Network {
  /** Whether packets are delayed and lost on the way; not all kernels can. */
  readonly isDelayed: boolean;

  private constructor(isDelayed: boolean) {
    this.isDelayed = isDelayed;
  }

  /** @param hosts Numbers from 1 to 9. */
  static async lay(hosts: readonly number[]): Promise<Network> {
    // Names of namespaces are files: here they are seen by this process and its children alone.
    mkdirSync('/run/netns', { recursive: true });
    await run('mount', '-t', 'tmpfs', 'netns', '/run/netns');
    await run('ip', 'link', 'set', 'lo', 'up');
    await run('ip', 'link', 'add', 'switch', 'type', 'bridge');
    await run('ip', 'address', 'add', `${SUBNET}.254/24`, 'dev', 'switch');
    await run('ip', 'link', 'set', 'switch', 'up');
    try {
      // Frames of the switch are no business of the machine's firewall.
      writeFileSync('/proc/sys/net/bridge/bridge-nf-call-iptables', '0');
    } catch {
      // A kernel without bridge-nf.
    }
    let isDelayed = true;
    for (const host of hosts) {
      const [space, port] = [nameOf(host), portOf(host)];
      await run('ip', 'netns', 'add', space);
      await run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      await run('ip', 'link', 'set', port, 'master', 'switch', 'up');
      await run('ip', '-n', space, 'link', 'set', 'lo', 'up');
      await run('ip', '-n', space, 'address', 'add', `${addressOf(host)}/24`, 'dev', 'eth0');
      await run('ip', '-n', space, 'link', 'set', 'eth0', 'up');
      isDelayed &&= await run('tc', 'qdisc', 'add', 'dev', port, 'root', 'netem', ...DELAY).then(
        () => true,
        () => false,
      );
    }
    return new Network(isDelayed);
  }

  /** Pulls the host's cable at the switch: what it sends is lost without a word. */
  async cut(host: number): Promise<void> {
    await run('ip', 'link', 'set', portOf(host), 'nomaster');
  }

  async join(host: number): Promise<void> {
    await run('ip', 'link', 'set', portOf(host), 'master', 'switch');
  }

  /** The command as it runs on the host. */
  on(host: number, ...command: readonly string[]): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', nameOf(host), ...command];
  }
}

export function addressOf(host: number): string {
  return `${SUBNET}.${host}`;
}

function nameOf(host: number): string {
  return `host${host}`;
}

function portOf(host: number): string {
  return `port${host}`;
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, args);
}
