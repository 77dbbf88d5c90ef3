import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * @param root Folder of the repository.
 * @param version Of the release, such as "0.2.0".
 * @throws when something is changed and not committed, when the version is none or not above the one that is there,
 *   when it has its tag already, or when the changelog has nothing new.
 */
export async function assertReleasable(root: string, version: string): Promise<void> {
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(version)) {
    throw new Error(`"${version}" is no version: give three numbers, as in 0.2.0`);
  }
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (!isAbove(version, manifest.version)) {
    throw new Error(`Version ${version} is not above ${manifest.version}, which is there`);
  }
  const { stdout: tag } = await execa('git', ['tag', '--list', `v${version}`], { cwd: root });
  if (tag) throw new Error(`The tag ${tag} exists already`);
  await assertClean(root);
  const unreleased = /^## \[Unreleased\]\n(.*?)(?=^## |$(?![\s\S]))/ms;
  const changelog = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
  if (!/^- /m.test(unreleased.exec(changelog)?.[1] ?? '')) {
    throw new Error('CHANGELOG.md has nothing under "## [Unreleased]"');
  }
}

/** @throws when the working tree is not what was committed; says what differs. */
export async function assertClean(root: string): Promise<void> {
  const { stdout } = await execa('git', ['status', '--porcelain'], { cwd: root });
  if (stdout) throw new Error(`Commit or remove these first:\n${stdout}`);
}

function isAbove(version: string, other: string): boolean {
  const [a, b] = [version, other].map((each) => each.split('.').map(Number));
  const index = a?.findIndex((part, i) => part !== b?.[i]) ?? -1;
  return index >= 0 && (a?.[index] ?? 0) > (b?.[index] ?? 0);
}
