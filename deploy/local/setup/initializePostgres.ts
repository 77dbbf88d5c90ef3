import { existsSync } from 'node:fs';
import { chown, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ExecaError, execa } from 'execa';
import type { Folders } from '../settings/Folders.ts';
import { adminRole } from './adminConnection.ts';
import { secret } from './secret.ts';
import type { ServerUser } from './serverUser.ts';

/** Where PostgreSQL's data are, one folder per major version. */
export function dataFolder(folders: Folders): string {
  return join(folders.postgres, '18');
}

/**
 * Makes the data folder where there is none yet. Root does nothing in the server's folder that its user could turn
 * against him: files are made, never written through, and whatever goes through folders runs as that user.
 *
 * @param binary Path of `postgres`; `initdb` lies beside it.
 * @param user Whom the server runs as, if not as us.
 */
export async function initializePostgres(
  folders: Folders,
  binary: string,
  user: ServerUser | undefined,
): Promise<void> {
  const data = dataFolder(folders);
  if (existsSync(data)) return;
  await mkdir(folders.postgres, { recursive: true, mode: 0o700 });
  if (user) await chown(folders.postgres, user.uid, user.gid);
  const asServer = {
    cwd: folders.postgres,
    stdin: 'ignore',
    ...(user && { uid: user.uid, gid: user.gid }),
  } as const;

  const made = `${data}.new`;
  await execa('rm', ['-rf', '--', made], asServer);
  const passwordFile = join(folders.postgres, 'password');
  await writeAnew(passwordFile, await secret(folders, adminRole), user);
  try {
    await execa(
      join(dirname(binary), 'initdb'),
      [
        ...['--pgdata', made, '--username', adminRole, '--pwfile', passwordFile],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8'],
        ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
      ],
      asServer,
    );
  } catch (cause) {
    throw new Error(explain(cause as ExecaError, folders, user), { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(made, data);
}

/**
 * Makes a file that only `user` may read, in place of what has its name. A link that is put there meanwhile is not
 * followed: the file is then not made.
 */
async function writeAnew(
  file: string,
  content: string,
  user: ServerUser | undefined,
): Promise<void> {
  await rm(file, { force: true });
  await using made = await open(file, 'wx', 0o600);
  if (user) await made.chown(user.uid, user.gid);
  await made.writeFile(content);
}

function explain(error: ExecaError, folders: Folders, user: ServerUser | undefined): string {
  if (user && /EACCES|permission denied/i.test(error.message)) {
    return (
      `root runs PostgreSQL as user ${user.name}, who cannot enter ${folders.postgres} or the ` +
      'folder of its binaries: choose folders that others may enter by WEFT_HOME and WEFT_CACHE'
    );
  }
  return `initdb failed: ${error.message}`;
}
