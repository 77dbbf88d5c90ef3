import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether `host:port`, `[host]:port` or `unix:path` can be reached from this machine alone. */
export function isLoopback(address: string): boolean {
  if (address.startsWith('unix:')) return true;
  const host = /^(?:\[(.+)\]|([^:]+)):\d+$/.exec(address);
  const name = host?.[1] ?? host?.[2] ?? '';
  const version = isIP(name);
  return version === 0
    ? name === 'localhost'
    : loopback.check(name, version === 4 ? 'ipv4' : 'ipv6');
}
