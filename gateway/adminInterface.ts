import type { Config } from './typedConfig.ts';

/** What only reads. */
const READING: readonly Config[] = [
  ...['/ready', '/clusters', '/config_dump', '/listeners', '/server_info', '/certs'].map(
    (path) => ({ exact: path }),
  ),
  { prefix: '/stats' },
];

/** Turns /ready to 503, and has each answer close its connection. */
const TURN_AWAY = '/healthcheck/fail?key=';
/** Takes no more connections. */
const STOP_LISTENING = '/drain_listeners?key=';

/** What has to be posted, in this order, to drain the edge. */
export interface DrainPaths {
  readonly turnAway: string;
  readonly stopListening: string;
}

/**
 * Envoy's admin interface, on loopback, for reading. Any page in a local browser could post to the rest,
 * /quitquitquit included; to drain the edge one has to know a key, which stands in the bootstrap's file. Envoy
 * itself does not look at it: it lets in no path that is not one of these to the last letter.
 *
 * @param drainKey Of letters, digits, - and _. Undefined: nobody can drain it.
 */
export function adminInterface(port: number, drainKey: string | undefined): Config {
  const draining = drainKey ? [TURN_AWAY, STOP_LISTENING] : [];
  return {
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    allow_paths: [...READING, ...draining.map((path) => ({ exact: `${path}${drainKey}` }))],
  };
}

/** What of a bootstrap is read here. */
interface Bootstrap {
  readonly admin?: {
    readonly address: { readonly socket_address: { readonly port_value: number } };
    readonly allow_paths?: readonly { readonly exact?: string }[];
  };
}

/** Where the edge with this bootstrap is drained. Undefined: nowhere. */
export function drainAccess({ admin }: Bootstrap): { url: string; paths: DrainPaths } | undefined {
  const find = (begin: string) =>
    admin?.allow_paths?.find(({ exact }) => exact?.startsWith(begin))?.exact;
  const [turnAway, stopListening] = [find(TURN_AWAY), find(STOP_LISTENING)];
  if (!admin || !turnAway || !stopListening) return undefined;
  const url = `http://127.0.0.1:${admin.address.socket_address.port_value}`;
  return { url, paths: { turnAway, stopListening } };
}

/** The key in this bootstrap. */
export function drainKeyOf(bootstrap: Bootstrap): string | undefined {
  return drainAccess(bootstrap)?.paths.turnAway.slice(TURN_AWAY.length);
}
