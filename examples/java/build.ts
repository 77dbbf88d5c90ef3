import { createHash } from 'node:crypto';
import { chmod, glob, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Progress } from '../../deploy/local/Progress.ts';
import { findOnPath } from '../../deploy/local/programs/findOnPath.ts';
import { run } from '../../deploy/local/programs/run.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = join(folder, '../..');
const image = join(root, 'proto/gen/image.binpb');
const buf = join(root, 'node_modules/.bin/buf');

/** What of the image the example uses. */
const CONTRACTS = [
  'examples/v1',
  'market/v1/analytics.proto',
  'weft/policy/v1',
  'weft/rooms/v1',
  'buf/validate',
].flatMap((path) => ['--path', path]);

/** What the pom asks for. */
const OLDEST_JAVA = 17;

/** protoc and its plugin for gRPC, and the program's libraries, with their SHA-256: as `sha256sum` writes them. */
const PINS = 'libraries.sha256';

/** What was built from what, by one hash. */
const STAMP = join(folder, 'target/inputs.sha256');

/**
 * The JDK on PATH. Neither it nor Maven is in a registry that Weft installs from.
 *
 * @returns its `java`.
 * @throws Error that says what is missing.
 */
export async function findJava(): Promise<string> {
  const [java, javac, maven] = await Promise.all(
    ['java', 'javac', 'mvn'].map((one) => findOnPath(one)),
  );
  if (!java || !javac) throw new Error(`no JDK on PATH; ${OLDEST_JAVA} or newer is needed`);
  if (!maven) throw new Error('no Maven (mvn) on PATH');
  const { stdout } = await execa(javac, ['--version']);
  const version = Number(/\d+/.exec(stdout)?.[0]);
  if (!(version >= OLDEST_JAVA)) {
    throw new Error(`the JDK on PATH is ${version}; ${OLDEST_JAVA} or newer is needed`);
  }
  return java;
}

/**
 * Generates and compiles the Java example, unless nothing has changed since it was last built.
 *
 * @returns the program, for `java -jar`.
 * @throws Error when a library is not the one that is pinned, before any of them is run.
 */
export async function buildJava(progress: Progress): Promise<string> {
  const program = join(folder, 'target/risk.jar');
  const inputs = await hashOfInputs();
  if ((await readFile(STAMP, 'utf8').catch(() => '')) === inputs) return program;
  await rm(join(folder, 'target'), { recursive: true, force: true });
  progress.report('  Building the Java example; the first time fetches 60 MB');
  const maven = (goal: string) =>
    run('mvn', ['--batch-mode', '--quiet', '--strict-checksums', goal], progress, { cwd: folder });
  await maven('dependency:copy@generators');
  await maven('dependency:copy-dependencies@libraries');
  await assertPinned();
  for (const file of await readdir(join(folder, 'target/generators'))) {
    await chmod(join(folder, 'target/generators', file), 0o755);
  }
  await run(buf, ['generate', image, ...CONTRACTS], progress, { cwd: folder });
  await maven('package');
  await writeFile(STAMP, inputs);
  return program;
}

async function hashOfInputs(): Promise<string> {
  const files = await Array.fromAsync(glob('src/**/*.java', { cwd: folder }));
  const hash = createHash('sha256');
  for (const file of [...files.sort(), 'pom.xml', 'buf.gen.yaml', PINS]) {
    hash.update(await readFile(join(folder, file)));
  }
  const { stdout } = await execa(buf, ['build', image, ...CONTRACTS, '-o', '-'], {
    encoding: 'buffer',
  });
  return hash.update(stdout).digest('hex');
}

async function assertPinned(): Promise<void> {
  const pinned = new Map(
    (await readFile(join(folder, PINS), 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  const found = await Array.fromAsync(glob('target/{generators,lib}/*', { cwd: folder }));
  for (const file of found) {
    const bytes = await readFile(join(folder, file));
    const sum = createHash('sha256').update(bytes).digest('hex');
    if (pinned.get(file) !== sum) {
      throw new Error(
        `${file} has the SHA-256 ${sum}, and ${PINS} has ${pinned.get(file) ?? 'none of it'}`,
      );
    }
    pinned.delete(file);
  }
  if (pinned.size > 0)
    throw new Error(`${PINS} has files that there are not: ${[...pinned.keys()]}`);
}
