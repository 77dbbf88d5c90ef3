import { EventEmitter } from 'node:events';
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  status as Status,
} from '@grpc/grpc-js';
import type { AuthContext } from '@grpc/grpc-js/build/src/auth-context.js';
import type {
  HttpFilterConfig,
  HttpFilterRegistryEntry,
} from '@grpc/grpc-js-xds/build/src/http-filter.js';
import type { PermissionInfo, PrincipalInfo } from '@grpc/grpc-js-xds/build/src/rbac.js';
import { ConnectionGrants, type Rules } from './ConnectionGrants.ts';
import { shadowPolicies } from './shadowPolicies.ts';
import { withoutCommonName } from './withoutCommonName.ts';

/** A call that the intentions have turned away before anybody has seen it. */
export interface Denial {
  /** Path of the method. */
  readonly method: string;
  readonly metadata: Metadata;
  readonly auth: AuthContext;
  /** Name of the intention that denies; undefined: none is about this caller. */
  readonly rule: string | undefined;
}

/** Tells of every denial in this process: its servers share one set of filters. */
export const denials = new EventEmitter<{ denial: [Denial] }>();

/** How the filter's configuration is called within a listener. */
const RBAC = 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC';
/** What grpc-js-xds' RBAC filter answers, and nobody else. */
const REFUSAL = 'Unauthorized RPC rejected';

interface Config extends HttpFilterConfig {
  readonly config: Rules;
  /** Name of the shadow rule that a call matches first. */
  ruleOf(call: PermissionInfo & PrincipalInfo): string | undefined;
}

/** grpc-js-xds' RBAC filter as it registers itself: its reader, and what makes its interceptor. */
export type RbacFilter = Omit<HttpFilterRegistryEntry, 'createServerFilter'> & {
  createServerFilter(
    ...parameters: Parameters<NonNullable<HttpFilterRegistryEntry['createServerFilter']>>
  ): ServerInterceptor;
};

/**
 * The same filter, which tells of the calls that it denies, and is asked once for each connection and method what it
 * allows without a look at a call's headers. All decisions are its own, but that no caller is known by its common name.
 */
export function rbacFilter(filter: RbacFilter): HttpFilterRegistryEntry {
  const { createServerFilter } = filter;
  const parse: RbacFilter['parseTopLevelFilterConfig'] = (encoded) => {
    const read = filter.parseTopLevelFilterConfig(encoded);
    return read && { ...read, config: withoutCommonName((read as Config).config) };
  };
  return {
    ...filter,
    parseTopLevelFilterConfig(encoded) {
      const config = parse(encoded);
      if (!config) return null;
      // Read when the first call is denied: most servers never deny one.
      let policies: ReturnType<typeof shadowPolicies> | undefined;
      const ruleOf: Config['ruleOf'] = (call) => {
        policies ??= shadowPolicies(encoded.value, (value) =>
          parse({ type_url: RBAC, value } as typeof encoded),
        );
        return policies.find(({ holds }) => holds(call))?.name;
      };
      return { ...config, ruleOf };
    },
    createServerFilter(config, overrides) {
      const decide = reportingInterceptor(createServerFilter(config, overrides), config as Config);
      const grants = new ConnectionGrants((config as Config).config);
      // The filter's call adds a layer to each event of the call, and a copy of its headers.
      return (method, call) =>
        overrides.size === 0 && grants.allow(method.path, call)
          ? (call as ServerInterceptingCall)
          : decide(method, call);
    },
  };
}

function reportingInterceptor(decide: ServerInterceptor, { ruleOf }: Config): ServerInterceptor {
  return (method, call) => {
    let metadata: Metadata | undefined;
    const watched = new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(received, pass) {
            metadata = received;
            pass(received);
          },
        }),
      sendStatus(status, next) {
        if (status.code === Status.PERMISSION_DENIED && status.details === REFUSAL) {
          const auth = call.getAuthContext();
          const { path } = method;
          const headers = metadata?.clone() ?? new Metadata();
          headers.set(':method', 'POST');
          headers.set(':authority', call.getHost());
          headers.set(':path', path);
          const { localAddress, localPort, remoteAddress } = call.getConnectionInfo();
          const rule = ruleOf({
            destinationIp: localAddress ?? '',
            destinationPort: localPort ?? 0,
            sourceIp: remoteAddress ?? '',
            headers,
            tls: auth.transportSecurityType !== undefined,
            peerCertificate: auth.sslPeerCertificate ?? null,
            urlPath: path,
          });
          denials.emit('denial', { method: path, metadata: headers, auth, rule });
        }
        next(status);
      },
    });
    return decide(method, watched);
  };
}
