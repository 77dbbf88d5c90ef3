import { execa } from 'execa';

/** Whom PostgreSQL runs as when root starts it. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root: root runs it as WEFT_POSTGRES_USER, else `postgres`, else `nobody`.
 *
 * @returns undefined for anyone but root, who runs it as himself.
 */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const wanted = process.env.WEFT_POSTGRES_USER;
  for (const name of wanted ? [wanted] : ['postgres', 'nobody']) {
    const user = await execa('id', ['-u', name], { reject: false });
    if (user.exitCode !== 0) continue;
    const group = await execa('id', ['-g', name]);
    return { name, uid: Number(user.stdout), gid: Number(group.stdout) };
  }
  throw new Error(
    `PostgreSQL cannot run as root, and there is no user ${wanted ?? '"postgres" or "nobody"'}: ` +
      'name one in WEFT_POSTGRES_USER',
  );
}
