import { join } from 'node:path';
import type { Folders } from '../settings/Folders.ts';
import { groups, type ProcessSpec } from './ProcessSpec.ts';

/** Writes supervisord's configuration file. It may hold passwords: keep it closed to others. */
export function renderConfig(
  folders: Folders,
  processes: readonly ProcessSpec[],
  uid = process.getuid?.(),
): string {
  const sections = [
    section('unix_http_server', { file: folders.supervisorSocket, chmod: '0700' }),
    section('rpcinterface:supervisor', {
      'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface',
    }),
    section('supervisorctl', { serverurl: `unix://${folders.supervisorSocket}` }),
    section('supervisord', {
      logfile: join(folders.logs, 'supervisord.log'),
      pidfile: folders.supervisorPid,
      childlogdir: folders.logs,
      directory: folders.home,
      // Said outright, because supervisord warns of a root that may be an oversight.
      ...(uid === 0 ? { user: 'root' } : {}),
    }),
    ...processes.map((process) => renderProcess(folders, process)),
  ];
  return sections.join('\n');
}

function renderProcess(folders: Folders, process: ProcessSpec): string {
  return section(`program:${process.name}`, {
    command: process.command.map(quoteArgument).join(' '),
    directory: process.directory,
    environment: Object.entries(process.environment).map(quoteVariable).join(','),
    ...(process.user ? { user: process.user } : {}),
    // By itself, supervisord stops those with the highest number first, each after the other.
    priority: String(groups.indexOf(process.group)),
    // Started in order, by what starts the mesh.
    autostart: 'false',
    autorestart: 'true',
    startsecs: '1',
    // The pause between two tries grows by a second each time: it goes on for more than an hour.
    startretries: '100',
    stopsignal: process.stopSignal ?? 'TERM',
    stopwaitsecs: String(process.stopSeconds),
    // The process itself is asked to stop, and sees to its children; all of them are killed if it fails to.
    stopasgroup: 'false',
    killasgroup: 'true',
    redirect_stderr: 'true',
    stdout_logfile: folders.logOf(process.name),
    stdout_logfile_maxbytes: '20MB',
    stdout_logfile_backups: '3',
  });
}

function section(name: string, values: Record<string, string>): string {
  const lines = Object.entries(values).map(([key, value]) => {
    // The file's own syntax has no way to write these.
    if (/[\r\n]|\s[;#]/.test(value)) throw new Error(`supervisord cannot be given ${key}=${value}`);
    return `${key}=${value.replaceAll('%', '%%')}\n`;
  });
  return `[${name}]\n${lines.join('')}`;
}

/** As Python's shlex reads it: nothing is special within single quotes. */
function quoteArgument(argument: string): string {
  return /^[\w./:=@,+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'"'"'`)}'`;
}

/** supervisord takes away all quotes at both ends, and knows no escapes. The value may be secret. */
function quoteVariable([name, value]: [string, string]): string {
  const quote = value.includes('"') ? "'" : '"';
  if (value.includes(quote) || /^['"]|['"]$|[\r\n]|\s[;#]/.test(value)) {
    throw new Error(
      `supervisord cannot be given ${name}: it is of several lines, has a comment, both kinds of quotes, or one at an end`,
    );
  }
  return `${name}=${quote}${value}${quote}`;
}
