import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../Progress.ts';
import { run } from '../programs/run.ts';
import type { Folders } from '../settings/Folders.ts';

/** Ten years: they are made anew when a mesh is started with less than a month left. */
const DAYS = '3650';
const RENEW_MS = 30 * 24 * 3_600_000;

/** The files that a Consul server is known by to others, PEM. */
export interface ServerCertificate {
  /** The certificate authority of this mesh's servers. It signs nothing else: services have Consul's own. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export function serverCertificate({ consulTls }: Folders): ServerCertificate {
  const named = (name: string) => join(consulTls, name);
  return {
    ca: named('consul-agent-ca.pem'),
    certificate: named('dc1-server-consul-0.pem'),
    key: named('dc1-server-consul-0-key.pem'),
  };
}

/**
 * Makes the server's certificate and an authority for it, by Consul's own commands, where there are none or they are
 * about to expire. The authority's key is thrown away: nobody can ever make another server of this mesh.
 *
 * @see https://developer.hashicorp.com/consul/commands/tls/cert
 */
export async function makeServerCertificate(
  folders: Folders,
  consul: string,
  progress: Progress,
): Promise<void> {
  const { consulTls: made } = folders;
  if (await isGood(serverCertificate(folders))) return;
  const unfinished = `${made}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  // They write into the folder in which they run.
  const make = (what: string, ...options: string[]) =>
    run(consul, ['tls', what, 'create', '-days', DAYS, ...options], progress, { cwd: unfinished });
  await make('ca');
  await make('cert', '-server', '-dc', 'dc1');
  await rm(join(unfinished, 'consul-agent-ca-key.pem'));
  await rm(made, { recursive: true, force: true });
  await rename(unfinished, made);
}

async function isGood({ ca, certificate, key }: ServerCertificate): Promise<boolean> {
  try {
    await readFile(key);
    const ends = await Promise.all(
      [ca, certificate].map(async (file) =>
        Date.parse(new X509Certificate(await readFile(file)).validTo),
      ),
    );
    return Math.min(...ends) > Date.now() + RENEW_MS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
