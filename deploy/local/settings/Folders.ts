import { join } from 'node:path';
import { RECORD_FILE, SUPERVISOR_PID_FILE } from '@weft/mesh/local';
import { locateSockets } from './socketFolder.ts';

/** Where things lie in the state folder of one mesh. */
export class Folders {
  /** WEFT_HOME: an absolute path with no symbolic links in it. */
  readonly home: string;
  readonly logs: string;
  /** Passwords and the like, one a file. */
  readonly secrets: string;
  readonly consul: string;
  /** What Consul's servers know each other by, and everybody knows them by. */
  readonly consulTls: string;
  /** What Consul remembers. */
  readonly consulData: string;
  /** The root of the services' certificates. */
  readonly servicesRoot: string;
  readonly postgres: string;
  readonly nats: string;
  readonly victoriaLogs: string;
  readonly supervisorConfig: string;
  readonly supervisorPid: string;
  readonly supervisorSocket: string;
  /** What the running mesh was started with. */
  readonly record: string;
  readonly #sockets: string;

  constructor(home: string) {
    this.home = home;
    this.logs = join(home, 'logs');
    this.secrets = join(home, 'secrets');
    this.consul = join(home, 'consul');
    this.consulTls = join(this.consul, 'tls');
    this.consulData = join(this.consul, 'data');
    this.servicesRoot = join(this.consul, 'services-root');
    this.postgres = join(home, 'postgres');
    this.nats = join(home, 'nats');
    this.victoriaLogs = join(home, 'victoria-logs');
    this.supervisorConfig = join(home, 'supervisord.conf');
    this.supervisorPid = join(home, SUPERVISOR_PID_FILE);
    this.record = join(home, RECORD_FILE);
    this.#sockets = locateSockets(home);
    this.supervisorSocket = this.socketOf('supervisor');
  }

  logOf(process: string): string {
    return join(this.logs, `${process}.log`);
  }

  /** The Unix socket of a process: nobody but its owner gets as far as that. */
  socketOf(process: string): string {
    return join(this.#sockets, `${process}.sock`);
  }
}
