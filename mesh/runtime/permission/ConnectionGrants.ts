import { Metadata, type ServerInterceptor } from '@grpc/grpc-js';
import type { PermissionInfo, PrincipalInfo } from '@grpc/grpc-js-xds/build/src/rbac.js';

type Info = PermissionInfo & PrincipalInfo;
type Call = Parameters<ServerInterceptor>[1];

/** The rules of an RBAC filter, as grpc-js-xds has read them. */
export interface Rules {
  /** Whether a call is let in. */
  apply(call: Info): boolean;
}

const NO_HEADERS = new Metadata();
/** That are remembered for a connection. */
const MOST_PATHS = 1_000;

/**
 * What a set of rules grants to a connection: the methods that its peer may call whatever the headers say. Rules are
 * evaluated from a connection's addresses and certificate, a path and headers, and nothing else; so as long as an
 * evaluation has not looked at headers, it comes out the same for each call of that path on that connection.
 *
 * Lives and dies with its rules: new intentions are a new filter.
 */
export class ConnectionGrants {
  readonly #rules: Rules;
  /** By the peer's certificate, of which each connection has its own object. */
  readonly #paths = new WeakMap<object, Map<string, boolean>>();

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Whether a call is let in whatever its headers say. False: its headers must be seen, or it is denied. */
  allow(path: string, call: Call): boolean {
    const { sslPeerCertificate } = call.getAuthContext();
    if (!sslPeerCertificate) return false;
    let paths = this.#paths.get(sslPeerCertificate);
    if (!paths) {
      paths = new Map();
      this.#paths.set(sslPeerCertificate, paths);
    }
    let allowed = paths.get(path);
    if (allowed === undefined) {
      allowed = this.#evaluate(path, call);
      // Methods that are served are few; paths of HTTP are whatever a client thinks of.
      if (paths.size === MOST_PATHS) paths.clear();
      paths.set(path, allowed);
    }
    return allowed;
  }

  #evaluate(path: string, call: Call): boolean {
    const { sslPeerCertificate, transportSecurityType } = call.getAuthContext();
    const { localAddress, localPort, remoteAddress } = call.getConnectionInfo();
    let hasLookedAtHeaders = false;
    const allowed = this.#rules.apply({
      destinationIp: localAddress ?? '',
      destinationPort: localPort ?? 0,
      sourceIp: remoteAddress ?? '',
      tls: transportSecurityType !== undefined,
      peerCertificate: sslPeerCertificate ?? null,
      urlPath: path,
      get headers() {
        hasLookedAtHeaders = true;
        return NO_HEADERS;
      },
    });
    return allowed && !hasLookedAtHeaders;
  }
}
