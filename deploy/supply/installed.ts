import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Lock {
  readonly packages: Readonly<Record<string, { integrity?: string; optional?: boolean }>>;
}

/**
 * What npm has installed otherwise than the lock file says, a line each.
 *
 * @param folder Of package-lock.json and node_modules.
 */
export function npmDifferences(folder: string): string[] {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Lock;
  const wanted = read('package-lock.json').packages;
  const problems: string[] = [];
  for (const [path, { integrity }] of Object.entries(
    read('node_modules/.package-lock.json').packages,
  )) {
    if (!path.startsWith('node_modules/') || integrity === undefined) continue;
    const said = wanted[path]?.integrity;
    if (said === undefined) problems.push(`${path} is in no lock file`);
    else if (said !== integrity) problems.push(`${path} is not the one of the lock file`);
  }
  return problems;
}

/**
 * Files of a Python environment that are not what their packages brought, a line each (PEP 376: a package's RECORD has
 * the hashes of its files).
 *
 * @param environment Its folder.
 */
export function pythonDifferences(environment: string): string[] {
  const problems: string[] = [];
  for (const record of globSync('lib/python*/site-packages/*.dist-info/RECORD', {
    cwd: environment,
  })) {
    const packages = dirname(dirname(join(environment, record)));
    for (const line of readFileSync(join(environment, record), 'utf8').split('\n')) {
      const [, path = '', hash] = /^"?([^",]+)"?,sha256=([\w-]+),/.exec(line) ?? [];
      if (hash === undefined) continue;
      const file = join(packages, path);
      if (!existsSync(file)) problems.push(`${file} is not there`);
      else if (sha256(file) !== hash) problems.push(`${file} is not the one that was installed`);
    }
  }
  return problems;
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('base64url');
}
