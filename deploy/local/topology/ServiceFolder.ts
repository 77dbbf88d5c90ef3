import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** All services that there are: each `<group>/<service>` folder with a `service.ts` that exports its definition. */
export async function readServices(root = join(clone, 'services')): Promise<ServiceFolder[]> {
  const services: ServiceFolder[] = [];
  const definitions = await Array.fromAsync(glob('*/*/service.ts', { cwd: root }));
  for (const file of definitions.sort()) {
    const folder = join(root, dirname(file));
    const { default: definition } = await import(pathToFileURL(join(root, file)).href);
    services.push({
      name: definition.name,
      main: join(folder, 'main.ts'),
      upstreams: definition.upstreams ?? [],
      hasDatabase: existsSync(join(folder, 'migrations')),
    });
  }
  return services;
}
