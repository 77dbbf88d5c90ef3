import { execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SUBNET = '10.77.0';
const DELAY = ['delay', '2ms', '1ms', 'loss', '0.1%'];

/**
 * Hosts as network namespaces, each on a cable of its own to one switch, to which the caller is connected as well.
 * It lays them in its own namespaces of network, mounts and processes (see run.ts), so all of it ends with them.
 */
export class Network {
  /** By what packets are delayed and lost on the way: the kernel, or a process that carries them. */
  readonly delayedBy: 'netem' | 'slowCables.py';

  private constructor(delayedBy: Network['delayedBy']) {
    this.delayedBy = delayedBy;
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
    const hasNetem = await run('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem').then(
      () => run('tc', 'qdisc', 'del', 'dev', 'lo', 'root').then(() => true),
      () => false,
    );
    if (hasNetem) await layVeth(hosts);
    else await laySlowCables(hosts);
    for (const host of hosts) {
      const [space, far] = [nameOf(host), farEndOf(host)];
      await run('ip', 'netns', 'add', space);
      await run('ip', 'link', 'set', far, 'netns', space);
      await run('ip', '-n', space, 'link', 'set', far, 'name', 'eth0');
      await run('ip', 'link', 'set', portOf(host), 'master', 'switch', 'up');
      await run('ip', '-n', space, 'link', 'set', 'lo', 'up');
      await run('ip', '-n', space, 'address', 'add', `${addressOf(host)}/24`, 'dev', 'eth0');
      await run('ip', '-n', space, 'link', 'set', 'eth0', 'up');
    }
    return new Network(hasNetem ? 'netem' : 'slowCables.py');
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

async function layVeth(hosts: readonly number[]): Promise<void> {
  for (const host of hosts) {
    const port = portOf(host);
    await run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', farEndOf(host));
    await run('tc', 'qdisc', 'add', 'dev', port, 'root', 'netem', ...DELAY);
  }
}

/** For a kernel without netem. They are there as long as the process that carries their frames, which ends with this one. */
async function laySlowCables(hosts: readonly number[]): Promise<void> {
  const script = fileURLToPath(new URL('slowCables.py', import.meta.url));
  const cables = hosts.map((host) => `${portOf(host)}:${farEndOf(host)}`);
  const { stdout } = spawn('python3', [script, ...cables], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { done } = await stdout[Symbol.asyncIterator]().next();
  if (done) throw new Error('neither netem nor slowCables.py works here');
}

function nameOf(host: number): string {
  return `host${host}`;
}

function portOf(host: number): string {
  return `port${host}`;
}

function farEndOf(host: number): string {
  return `far${host}`;
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, args);
}
