import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_LICENCES } from './licences.ts';

/** Something that is installed by name, version and hash. */
export interface Pin {
  /** File that says so, from the root. */
  readonly file: string;
  readonly kind: 'npm' | 'pypi' | 'golang';
  readonly name: string;
  readonly version: string;
  /** As the file writes them; none: it is installed unseen. */
  readonly hashes: readonly string[];
  /** SPDX. Undefined: the file does not say. */
  readonly licence: string | undefined;
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
}

/** Files that pin what runs on a machine of the mesh, from the root; those of bench and examples are of their own. */
const FILES = {
  npm: ['package-lock.json', 'bench/package-lock.json'],
  pypi: [
    ...['deploy/**/python/*.txt', 'services/*/*/requirements.txt'],
    ...['bench/**/python/*.txt', 'bench/**/*requirements*.txt'],
  ],
  golang: ['**/go.mod'],
} as const;

/** All that is pinned in the repository. */
export function readPins(root: string): Pin[] {
  const options = { cwd: root, exclude: ['**/node_modules/**'] };
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  return [
    ...globSync(FILES.npm, options).flatMap((file) => npmPins(file, read(file))),
    ...globSync(FILES.pypi, options).flatMap((file) => pypiPins(file, read(file))),
    ...globSync(FILES.golang, options).flatMap((file) =>
      goPins(file, read(file), read(file.replace(/mod$/, 'sum'))),
    ),
  ];
}

function npmPins(file: string, text: string): Pin[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .map(([path, { version = '', integrity, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        ...{ file, kind: 'npm' as const, name, version },
        licence: license ?? PACKAGE_LICENCES[name],
        hashes: integrity ? [integrity] : [],
      };
    });
}

/** A requirements file as pip reads it, lines continued by a backslash joined. */
function pypiPins(file: string, text: string): Pin[] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines
    .filter((line) => /^[A-Za-z0-9]/.test(line))
    .map((line) => {
      const [, name = line, version = ''] = /^([\w.-]+)==([^\s;]+)/.exec(line) ?? [];
      const hashes = [...line.matchAll(/--hash=(\S+)/g)].map(([, hash = '']) => hash);
      return { file, kind: 'pypi' as const, name, version, hashes, licence: undefined };
    });
}

/** The modules that a build may need: Go takes none whose content has no sum here (-mod=readonly). */
function goPins(file: string, mod: string, sum: string): Pin[] {
  const sums = new Map(
    sum.split('\n').map((line) => {
      const [name, version, hash = ''] = line.split(' ');
      return [`${name} ${version}`, hash];
    }),
  );
  const required = [...mod.matchAll(/^(?:require)?\s+([\w.~/-]+\.[\w.~/-]+) (v\S+)/gm)];
  return required.flatMap(([, name = '', version = '']) => {
    const hash = sums.get(`${name} ${version}`);
    if (!hash) return [];
    return { file, kind: 'golang' as const, name, version, hashes: [hash], licence: undefined };
  });
}
