import { request } from 'node:http';
import type { Config } from './typedConfig.ts';

/** Name of the cluster by which Envoy reaches its own admin interface. */
export const ADMIN_CLUSTER = 'weft-admin';

/** What sun_path holds on Linux, the zero at its end left out: see unix(7). */
const LONGEST_SOCKET_PATH = 107;

/**
 * Envoy's admin interface: a Unix socket that its owner alone can open. Whoever posts there can drain or end the edge,
 * and a TCP port of this machine is open to each of its users and to any page in a local browser. What others may read is
 * on a port of its own: see monitoringListener.ts.
 *
 * @throws when no socket can have such a path.
 */
export function adminInterface(socket: string): Config {
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw new Error(
      `The path of Envoy's admin socket has more than ${LONGEST_SOCKET_PATH} bytes: ${socket}`,
    );
  }
  return { address: pipe(socket) };
}

/** The admin interface as a cluster, for the listener that lets others read it. */
export function adminCluster(socket: string): Config {
  return {
    name: ADMIN_CLUSTER,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: ADMIN_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: pipe(socket) } }] }],
    },
  };
}

function pipe(path: string): Config {
  return { pipe: { path, mode: 0o600 } };
}

/** What of a bootstrap is read here. */
interface Bootstrap {
  readonly admin?: { readonly address?: { readonly pipe?: { readonly path?: string } } };
}

/** The admin socket of the edge with this bootstrap. Undefined: it has none. */
export function adminSocketOf({ admin }: Bootstrap): string | undefined {
  return admin?.address?.pipe?.path;
}

/**
 * Asks Envoy's admin interface.
 *
 * @param path With its query.
 * @returns the body of the answer.
 * @throws when it cannot be reached, or answers anything but 200.
 */
export function askAdmin(socket: string, method: 'GET' | 'POST', path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, method, path }, async (response) => {
      try {
        const body = (await response.setEncoding('utf8').toArray()).join('');
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${path}: ${response.statusCode} ${body}`));
      } catch (error) {
        reject(error);
      }
    })
      .on('error', reject)
      .end();
  });
}
