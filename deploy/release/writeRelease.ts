import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { makeBom } from '../supply/bom.ts';

/** Where the contracts of the last release lie, which `make lint` holds today's against. */
const IMAGE = 'proto/released.binpb';
/** What the release is made of and runs on. */
const BOM = 'sbom.cdx.json';

/**
 * Makes the working tree that of a release: the version in the packages and the lockfile, the changelog's heading, the
 * contracts as an image, the list of what it is made of. Breaking changes that buf.yaml let pass (`breaking.ignore_only`) are in that image, so they are
 * taken out of it.
 *
 * @param root Folder of the repository, with its packages installed.
 * @param version Such as "0.2.0".
 * @param date Such as "2026-11-29".
 */
export async function writeRelease(root: string, version: string, date: string): Promise<void> {
  // First what may fail, so that nothing is changed when it does.
  const buf = join(root, 'node_modules/.bin/buf');
  await execa(buf, ['build', 'proto', '--exclude-source-info', '-o', IMAGE], { cwd: root });
  await forgetBreakingChanges(join(root, 'buf.yaml'));
  const { workspaces } = await readJson(join(root, 'package.json'));
  for (const folder of ['', ...(workspaces as string[])]) {
    await editJson(join(root, folder, 'package.json'), (manifest) => setVersion(manifest, version));
  }
  await editJson(join(root, 'package-lock.json'), (lock) => {
    lock.version = version;
    for (const folder of ['', ...(workspaces as string[])]) {
      setVersion((lock.packages as Record<string, Json>)[folder] as Json, version);
    }
  });
  const changelog = join(root, 'CHANGELOG.md');
  const text = await readFile(changelog, 'utf8');
  const headings = `## [Unreleased]\n\n## [${version}] - ${date}`;
  await writeFile(changelog, text.replace('## [Unreleased]', headings));
  const bom = await makeBom(root);
  await writeFile(join(root, BOM), `${JSON.stringify(bom, null, 2)}\n`);
}

type Json = Record<string, unknown>;

/** The version of a package of ours, and of those of ours that it depends on. */
function setVersion(manifest: Json, version: string): void {
  manifest.version = version;
  for (const kind of ['dependencies', 'devDependencies', 'peerDependencies']) {
    const dependencies = (manifest[kind] ?? {}) as Record<string, string>;
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith('@weft/')) dependencies[name] = version;
    }
  }
}

async function forgetBreakingChanges(file: string): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  if (!document.deleteIn(['breaking', 'ignore_only'])) return;
  await writeFile(file, document.toString({ flowCollectionPadding: false }));
}

async function readJson(file: string): Promise<Json> {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function editJson(file: string, change: (content: Json) => void): Promise<void> {
  const content = await readJson(file);
  change(content);
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
