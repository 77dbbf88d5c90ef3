/**
 * `make scale`: runs scaleOut.ts in namespaces of its own, of network, mounts and processes, so that it leaves nothing
 * behind, however it ends.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const OWN = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces';
  const probe = 'ip link add name probe type bridge && ip netns list';
  const { status, stderr, error } = spawnSync('unshare', [...OWN, 'sh', '-c', probe]);
  if (status === 0) return undefined;
  return `network namespaces do not work here: ${error?.message ?? String(stderr).trim()}`;
}

const reason = whyNot();
if (reason) {
  process.stdout.write(`Skipped: ${reason}.\n`);
} else {
  const file = fileURLToPath(new URL('scaleOut.ts', import.meta.url));
  const test = [process.execPath, '--test', '--test-timeout=1200000', '--test-force-exit', file];
  const { status } = spawnSync('unshare', [...OWN, ...test], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
