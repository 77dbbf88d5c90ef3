import { isIPv6 } from 'node:net';

/** What one site has of addresses: the address itself, or the first 48 bits of an IPv6 address, as the edge counts too. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  // A URL writes each address in one way.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(tail)];
  return `${all.slice(0, 3).join(':')}::/48`;
}
