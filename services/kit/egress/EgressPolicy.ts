import { lookup as lookupName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 that is nobody's on the internet, or of one network only. */
const SPECIAL_IPV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** All of IPv6 that is assigned to the internet; what is not in it (::1, fc00::, fe80::, mapped IPv4) is special. */
const GLOBAL_IPV6 = ['2000::/3'];
/** What of that is special after all, ways to carry an IPv4 address inside (Teredo, 6to4) among them. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/**
 * Where a service may connect when somebody else says where: to the internet, not to what is private, on this machine
 * or on this link (server-side request forgery), save for networks that its operator has named.
 *
 * A host's name is looked up once, and the addresses that passed are those connected to: a name that resolves to
 * another address a moment later (DNS rebinding) leads nowhere else.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export class EgressPolicy {
  readonly #allowed: BlockList;

  /**
   * @param networks That may be connected to though they are special, such as "127.0.0.1/32" or "fd00::/8".
   * @throws Error for what is no network.
   */
  constructor(networks: readonly string[] = []) {
    this.#allowed = blockListOf(networks);
  }

  /** @param address An IP address. What is none is not allowed. */
  allows(address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    if (family === 4) {
      return !specialIpv4.check(address, 'ipv4') || this.#allowed.check(address, 'ipv4');
    }
    const isGlobal = globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
    return isGlobal || this.#allowed.check(address, 'ipv6');
  }

  /**
   * Whether a URL's host may be right: an address that is allowed, or a name whose addresses are looked at when it is
   * connected to. An address is not looked up, so this must be asked besides `lookup`.
   *
   * @param hostname As `URL` has it, IPv6 in brackets.
   */
  allowsHost(hostname: string): boolean {
    const address = hostname.replace(/^\[|\]$/g, '');
    return isIP(address) === 0 || this.allows(address);
  }

  /** For the `lookup` option of node:net, node:tls and node:http: answers with allowed addresses only. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookupName(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const addresses = found.filter(({ address }) => this.allows(address));
      const [first] = addresses;
      if (!first) return callback(new ForbiddenAddressError(hostname), '');
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

/** A name has no address that may be connected to. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';

  constructor(hostname: string) {
    super(`${hostname} has no address that may be connected to`);
  }
}

const specialIpv4 = blockListOf(SPECIAL_IPV4);
const globalIpv6 = blockListOf(GLOBAL_IPV6);
const specialIpv6 = blockListOf(SPECIAL_IPV6);

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? [];
    const family = isIP(address);
    const length = Number(prefix);
    if (family === 0 || length > (family === 4 ? 32 : 128)) {
      throw new Error(`"${network}" is no network, such as 10.0.0.0/8 or fd00::/8`);
    }
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
