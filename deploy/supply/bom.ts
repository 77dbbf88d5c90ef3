import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { PROGRAM_LICENCES } from './licences.ts';
import { type Pin, readPins } from './pins.ts';

/** Of CycloneDX 1.5, what is read or written here: https://cyclonedx.org/docs/1.5/json/ */
interface Bom {
  readonly metadata: { component: { name: string; version: string } };
  readonly components: object[];
}

/**
 * What Weft is made of and runs on, as a CycloneDX document: npm's own list of the packages in the lock file, and with them
 * the programs from PyPI and the Go modules that Consul is built from. Two of one commit differ in their time and number alone.
 *
 * @param root Folder of the repository.
 */
export async function makeBom(root: string): Promise<Bom> {
  const npm = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const { stdout } = await execa('npm', [...npm, '--package-lock-only'], { cwd: root });
  const bom = JSON.parse(stdout) as Bom;
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  Object.assign(bom.metadata.component, { name, version });
  const programs = readPins(root).filter(
    ({ kind, file }) => kind !== 'npm' && /^(deploy|services)\//.test(file),
  );
  bom.components.push(...programs.map(componentOf));
  return bom;
}

function componentOf({ kind, name, version, hashes, file }: Pin): object {
  const purl = `pkg:${kind}/${name}@${encodeURIComponent(version)}`;
  const licence = PROGRAM_LICENCES[name];
  return {
    'bom-ref': `${purl}#${createHash('sha256').update(file).digest('hex').slice(0, 8)}`,
    ...{ type: kind === 'golang' ? 'library' : 'application', name, version, purl },
    ...(licence && { licenses: [licenceOf(licence)] }),
    // One of pip's is of a file; one of Go's is of a list of files, which CycloneDX has no name for.
    ...(kind === 'golang'
      ? { properties: [{ name: 'go.sum', value: hashes[0] }] }
      : { hashes: hashes.map((hash) => ({ alg: 'SHA-256', content: hash.split(':')[1] })) }),
  };
}

/** In the form that CycloneDX has for a name of one's own, an expression of SPDX, and an id of it. */
function licenceOf(licence: string): object {
  if (licence.startsWith('LicenseRef-')) return { license: { name: licence } };
  return / (AND|OR) /.test(licence) ? { expression: licence } : { license: { id: licence } };
}
