import { globSync } from 'node:fs';
import { join } from 'node:path';

/** Folders with units beside the source. */
const ROOMS = ['proto', 'mesh', 'gateway', 'services', 'deploy', 'bench'];
/** Units that start what takes the whole machine. */
const WHOLE_MESH = ['deploy/local/startMesh.test.ts'];
/** Of the runs of many parts, those that get by with a part of the machine. */
const PARTIAL = /^test\/fuzz\//;
/** Runs that hold calls against their deadlines, or an attack against a time: nothing else may take the processors from them. */
const ALONE = [
  'deploy/local/startMesh.test.ts',
  ...['hostileEdge', 'newContracts', 'rollingRestart'].map((name) => `test/${name}.test.ts`),
];

export interface Wanted {
  /** Names of groups, services and rooms, split by commas. Default: all. */
  readonly only?: string;
  /** Files and patterns, split by spaces. Default: all. */
  readonly tests?: string;
}

/** Files of tests, from the root. */
export interface Selection {
  /** They get by with a part of the machine, so several may run at once. */
  readonly units: readonly string[];
  /** They run a mesh, and wait for it most of the time: two at once. */
  readonly wholeMesh: readonly string[];
  /** They bear nothing beside them: one after the other. */
  readonly alone: readonly string[];
}

/**
 * Chooses tests by the folders where they lie: a group's or a service's units, and the whole-mesh runs of the group,
 * which lie in `test/<group>`.
 *
 * @throws when a name or a pattern stands for nothing: it lists the names that there are.
 */
export function selectTests(root: string, { only = '', tests = '' }: Wanted): Selection {
  const named = split(only, /,/).flatMap((name) => patternsOf(root, name));
  const listed = split(tests, /\s+/);
  const patterns = [...named, ...listed];
  if (patterns.length === 0) {
    patterns.push(...ROOMS.map((room) => `${room}/**/*.test.ts`), 'test/**/*.test.ts');
  }
  const options = { cwd: root, exclude: ['**/node_modules/**'] };
  for (const pattern of listed) {
    if (globSync(pattern, options).length === 0) throw new Error(`no test is ${pattern}`);
  }
  const files = globSync(patterns, options).toSorted();
  const isWholeMesh = (file: string) =>
    (file.startsWith('test/') && !PARTIAL.test(file)) || WHOLE_MESH.includes(file);
  const whole = files.filter(isWholeMesh);
  const units = files.filter((file) => !isWholeMesh(file));
  return {
    // The longest first, else all would wait for them in the end.
    units: [
      ...units.filter((file) => PARTIAL.test(file)),
      ...units.filter((file) => !PARTIAL.test(file)),
    ],
    wholeMesh: whole.filter((file) => !ALONE.includes(file)),
    alone: whole.filter((file) => ALONE.includes(file)),
  };
}

function patternsOf(root: string, name: string): string[] {
  const groups = foldersIn(root, 'services').filter((folder) => folder !== 'kit');
  const services = groups.flatMap((group) =>
    foldersIn(root, `services/${group}`).map((service) => [service, group] as const),
  );
  if (groups.includes(name)) {
    return [`services/${name}/**/*.test.ts`, `test/${name}/**/*.test.ts`];
  }
  const found = services.find(([service]) => service === name);
  if (found) {
    const [service, group] = found;
    return [`services/${group}/${service}/**/*.test.ts`, `test/${group}/**/*.test.ts`];
  }
  if (name === 'kit') return ['services/kit/**/*.test.ts'];
  if (ROOMS.includes(name)) return [`${name}/**/*.test.ts`, `test/${name}/**/*.test.ts`];
  throw new Error(
    [
      `there is no "${name}". There are`,
      `  groups: ${groups.join(', ')}`,
      `  services: ${services.map(([service]) => service).join(', ')}`,
      `  rooms: ${[...ROOMS, 'kit'].join(', ')}`,
    ].join('\n'),
  );
}

/** Names of the folders in one that hold something. */
function foldersIn(root: string, folder: string): string[] {
  return globSync('*/', { cwd: join(root, folder) })
    .map((name) => name.replace(/\/$/, ''))
    .filter((name) => name !== 'node_modules')
    .toSorted();
}

function split(text: string, by: RegExp): string[] {
  return text
    .split(by)
    .map((part) => part.trim())
    .filter(Boolean);
}
