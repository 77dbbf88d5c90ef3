import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clone } from '../settings/defaultHome.ts';

/** One service of the platform, as its folder tells. */
export interface ServiceFolder {
  readonly name: string;
  readonly main: string;
  /** Services that it calls. */
  readonly upstreams: readonly string[];
  /** Whether it has a database of its own: it has migrations then. */
  readonly hasDatabase: boolean;
}

/** All services that there are: each folder with a `service.ts` that exports its definition. */
export async function readServices(root = join(clone, 'services')): Promise<ServiceFolder[]> {
  const services: ServiceFolder[] = [];
  for (const entry of (await readdir(root)).sort()) {
    const file = join(root, entry, 'service.ts');
    if (!existsSync(file)) continue;
    const { default: definition } = await import(pathToFileURL(file).href);
    services.push({
      name: definition.name,
      main: join(root, entry, 'main.ts'),
      upstreams: definition.upstreams ?? [],
      hasDatabase: existsSync(join(root, entry, 'migrations')),
    });
  }
  return services;
}
