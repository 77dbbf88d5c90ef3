import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Manifest, ManifestError } from './Manifest.ts';
import { MANIFEST_FILE, readManifest } from './readManifest.ts';
import { reservedFor } from './reservedFor.ts';

/** A service as its folder, `<group>/<service>`, tells: nothing of its code is run. */
export interface ServiceFolder
  extends Required<
    Pick<
      Manifest,
      | 'upstreams'
      | 'calledByAll'
      | 'consumes'
      | 'blobs'
      | 'rooms'
      | 'engines'
      | 'single'
      | 'environment'
      | 'development'
      | 'http'
      | 'addressLimits'
      | 'jobs'
      | 'examples'
      | 'hints'
    >
  > {
  readonly name: string;
  readonly group: string;
  readonly run: Manifest['run'];
  /** Absolute path. */
  readonly folder: string;
  /** Whether it has a database of its own: it has `migrations` then. */
  readonly hasDatabase: boolean;
}

/**
 * Reads all services that there are, by name.
 *
 * @param root Folder of the groups.
 * @throws ManifestError with all that is wrong in any manifest, or between them: names given twice, reserved ones,
 * upstreams that do not exist.
 */
export async function readServices(root: string): Promise<ServiceFolder[]> {
  const files = await Array.fromAsync(glob(`*/*/${MANIFEST_FILE}`, { cwd: root }));
  const read = await Promise.allSettled(files.sort().map((file) => readService(join(root, file))));
  const services = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const problems = [
    ...read.flatMap((each) => (each.status === 'rejected' ? [messageOf(each.reason)] : [])),
    ...nameProblems(services),
    ...pathProblems(services),
    ...counterProblems(services),
    // A manifest that cannot be read leaves its name unknown.
    ...(services.length === read.length ? upstreamProblems(services) : []),
  ];
  if (problems.length > 0) throw new ManifestError(problems.join('\n'));
  return services.sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function readService(file: string): Promise<ServiceFolder> {
  const { name, group = '', run, ...manifest } = await readManifest(file);
  const folder = dirname(file);
  return {
    ...{ name, group, run, folder },
    upstreams: manifest.upstreams ?? [],
    calledByAll: manifest.calledByAll ?? [],
    consumes: manifest.consumes ?? [],
    blobs: manifest.blobs ?? false,
    rooms: manifest.rooms ?? false,
    engines: manifest.engines ?? [],
    single: manifest.single ?? false,
    environment: manifest.environment ?? [],
    development: manifest.development ?? {},
    http: manifest.http ?? [],
    addressLimits: manifest.addressLimits ?? [],
    jobs: manifest.jobs ?? {},
    examples: manifest.examples ?? [],
    hints: manifest.hints ?? [],
    hasDatabase: existsSync(join(folder, 'migrations')),
  };
}

function nameProblems(services: readonly ServiceFolder[]): string[] {
  const groups = new Set(services.map(({ group }) => group));
  const owners = new Map<string, string>();
  return services.flatMap((service) => {
    const file = fileOf(service);
    const names: [key: string, name: string][] = [
      ['name', service.name],
      ...Object.keys(service.jobs).map((job): [string, string] => [`jobs.${job}`, job]),
    ];
    return names.flatMap(([key, name]) => {
      const reserved = groups.has(name) ? 'a group' : reservedFor(name);
      const other = owners.get(name);
      owners.set(name, file);
      return [
        ...(reserved ? [`${file}: ${key}: ${name} is the name of ${reserved}`] : []),
        ...(other ? [`${file}: ${key}: ${name} has been given already, in ${other}`] : []),
      ];
    });
  });
}

/** Of two services with one path the edge could ask but one. */
function pathProblems(services: readonly ServiceFolder[]): string[] {
  const owners = new Map<string, string>();
  return services.flatMap((service) =>
    service.http.flatMap(({ path }, index) => {
      const other = owners.get(path);
      owners.set(path, fileOf(service));
      const key = `${fileOf(service)}: http[${index}].path`;
      return other ? [`${key}: ${path} has been given already, in ${other}`] : [];
    }),
  );
}

/** One counter has one bucket, and a path counts by one counter. */
function counterProblems(services: readonly ServiceFolder[]): string[] {
  const sizes = new Map<string, { readonly size: string; readonly file: string }>();
  const counters = new Map<string, string>();
  return services.flatMap((service) =>
    service.addressLimits.flatMap(({ counter, paths, requests, seconds }, index) => {
      const key = `${fileOf(service)}: addressLimits[${index}]`;
      const size = `${requests} in ${seconds} s`;
      const first = sizes.get(counter) ?? { size, file: fileOf(service) };
      sizes.set(counter, first);
      return [
        ...(first.size === size
          ? []
          : [`${key}: ${counter} is ${size} here, and ${first.size} in ${first.file}`]),
        ...paths.flatMap((path) => {
          const other = counters.get(path);
          counters.set(path, counter);
          return other ? [`${key}.paths: ${path} is counted already, by ${other}`] : [];
        }),
      ];
    }),
  );
}

function upstreamProblems(services: readonly ServiceFolder[]): string[] {
  const names = services.map(({ name }) => name).sort();
  return services.flatMap((service) =>
    service.upstreams.flatMap((upstream, index) => {
      const key = `${fileOf(service)}: upstreams[${index}]`;
      if (upstream === service.name) return [`${key}: it is ${upstream} itself`];
      if (names.includes(upstream)) return [];
      return [`${key}: there is no service ${upstream}; there are ${names.join(', ')}`];
    }),
  );
}

function fileOf({ folder }: ServiceFolder): string {
  return join(folder, MANIFEST_FILE);
}

/** @throws what is no fault of a manifest. */
function messageOf(error: unknown): string {
  if (error instanceof ManifestError) return error.message;
  throw error;
}
