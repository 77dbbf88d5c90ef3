import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RECORD_FILE, SUPERVISOR_PID_FILE } from '@weft/mesh/local';

/** The longest path that a Unix socket may have on every system. */
const longestSocketPath = 100;

/** Where things lie in the state folder of one mesh. */
export class Folders {
  /** WEFT_HOME: an absolute path with no symbolic links in it. */
  readonly home: string;
  readonly logs: string;
  /** Passwords and the like, one a file. */
  readonly secrets: string;
  readonly consul: string;
  readonly postgres: string;
  readonly supervisorConfig: string;
  readonly supervisorPid: string;
  readonly supervisorSocket: string;
  /** What the running mesh was started with. */
  readonly record: string;

  constructor(home: string) {
    this.home = home;
    this.logs = join(home, 'logs');
    this.secrets = join(home, 'secrets');
    this.consul = join(home, 'consul');
    this.postgres = join(home, 'postgres');
    this.supervisorConfig = join(home, 'supervisord.conf');
    this.supervisorPid = join(home, SUPERVISOR_PID_FILE);
    this.supervisorSocket = socketPath(home);
    this.record = join(home, RECORD_FILE);
  }

  logOf(process: string): string {
    return join(this.logs, `${process}.log`);
  }
}

function socketPath(home: string): string {
  const path = join(home, 'supervisor.sock');
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 16);
  // supervisord closes the socket itself to others.
  return join(tmpdir(), `weft-${process.getuid?.()}-${digest}.sock`);
}
