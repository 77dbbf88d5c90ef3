import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from '../settings/Folders.ts';
import type { Ports } from '../settings/ports.ts';
import { askHttp } from '../setup/askHttp.ts';
import { secret } from '../setup/secret.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';

const NAME = 'victoria-logs';
/** By which requests are let in; the secret is its password. */
const USER = 'weft';

/** One VictoriaLogs, on loopback, which answers nobody who does not have its password. */
export function victoriaLogsProcess(folders: Folders, ports: Ports, binary: string): ProcessSpec {
  const { victoriaLogs: port } = ports;
  return {
    name: NAME,
    group: 'core',
    command: [
      binary,
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folders.victoriaLogs, 'data')}`,
      `-httpAuth.username=${USER}`,
      // By its file, since arguments can be read by everybody.
      `-httpAuth.password=file://${passwordFile(folders)}`,
      // The service that writes to it decides how long lines are kept, and has them deleted; this is the longest.
      ...['-retentionPeriod=30d', '-delete.enable'],
      '-loggerLevel=WARN',
    ],
    directory: folders.victoriaLogs,
    environment: {},
    stopSeconds: 30,
    ports: [port],
    where: `http://127.0.0.1:${port}`,
    // The only path that asks for no password.
    check: async (signal) => void (await askHttp(`http://127.0.0.1:${port}/health`, signal)),
  };
}

/** Makes its folder and its password. */
export async function prepareVictoriaLogs(folders: Folders): Promise<void> {
  await mkdir(folders.victoriaLogs, { recursive: true, mode: 0o700 });
  await secret(folders, NAME);
}

/** What a service that writes to it is told: where it is, and the file of its password. */
export function victoriaLogsEnvironment(folders: Folders, ports: Ports): Record<string, string> {
  return {
    VICTORIA_LOGS_URL: `http://${USER}@127.0.0.1:${ports.victoriaLogs}`,
    VICTORIA_LOGS_PASSWORD_FILE: passwordFile(folders),
  };
}

function passwordFile(folders: Folders): string {
  return join(folders.secrets, NAME);
}
