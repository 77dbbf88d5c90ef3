import type { Folders } from '../settings/Folders.ts';
import type { Ports } from '../settings/ports.ts';
import { connectAsAdmin, localAdminUrl } from '../setup/adminConnection.ts';
import { dataFolder } from '../setup/initializePostgres.ts';
import type { ServerUser } from '../setup/serverUser.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';

/** One PostgreSQL server, reached over TCP on loopback with passwords. */
export function postgresProcess(
  folders: Folders,
  ports: Ports,
  binary: string,
  user: ServerUser | undefined,
): ProcessSpec {
  const settings = {
    port: ports.postgres,
    listen_addresses: '127.0.0.1',
    // Sockets have short paths and state folders may have long ones: it is found by its port alone.
    unix_socket_directories: '',
    // Five for each process of a service (services/kit's pool) and some beside, for twenty-five services with workers
    // and replicas: the default of 100 is soon used up.
    max_connections: 400,
    logging_collector: 'off',
  };
  return {
    name: 'postgres',
    group: 'core',
    command: [
      binary,
      '-D',
      dataFolder(folders),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    directory: folders.postgres,
    environment: {},
    ...(user ? { user: user.name } : {}),
    // A fast shutdown: it does not wait for clients to leave.
    stopSignal: 'INT',
    stopSeconds: 30,
    ports: [ports.postgres],
    where: `127.0.0.1:${ports.postgres}`,
    async check() {
      await (await connectAsAdmin(await localAdminUrl(folders, ports))).end();
    },
  };
}
