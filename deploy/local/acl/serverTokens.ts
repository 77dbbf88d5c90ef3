import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Folders } from '../settings/Folders.ts';
import { keepSecret } from '../setup/keepSecret.ts';

/** The tokens that stand behind Consul itself. */
export interface ServerTokens {
  /** May do everything: makes the other tokens. Nobody but `make up` reads it. */
  readonly management: string;
  /** The agent's own: it registers its node with it. */
  readonly agent: string;
}

/** Made up the first time they are asked for, and kept with the mesh's passwords. */
export async function serverTokens(folders: Folders): Promise<ServerTokens> {
  const keep = (name: string) => keepSecret(join(folders.secrets, name), randomUUID);
  return { management: await keep('consul-management'), agent: await keep('consul-agent') };
}
