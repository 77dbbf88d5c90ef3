import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { runCommand } from '../local/cli/runCommand.ts';
import { chooseCache } from '../local/programs/chooseCache.ts';
import { environmentName } from '../local/programs/python.ts';
import { npmDifferences, pythonDifferences } from './installed.ts';
import { readPins } from './pins.ts';
import { isAtLeast, type Level, levels, vulnerabilitiesOf } from './vulnerabilities.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { level } = new Command('audit')
  .description(
    'Hold what is installed against its hashes, and ask for what is known against it. Fails for either, and when nothing ' +
      'can be known.',
  )
  .addOption(
    new Option('--level <level>', 'least severity that fails').choices(levels).default('high'),
  )
  .parse()
  .opts<{ level: Level }>();

await runCommand(async ({ report }) => {
  const problems: string[] = [];
  const folders = ['.', 'bench'].filter((folder) =>
    existsSync(join(root, folder, 'node_modules/.package-lock.json')),
  );
  for (const folder of folders) {
    const differences = npmDifferences(join(root, folder));
    report(`npm packages of ${folder}: ${differences.length === 0 ? 'as the lock file says' : ''}`);
    problems.push(...differences);
  }
  for (const file of globSync(['deploy/**/python/*.txt', 'services/*/*/requirements.txt'], {
    cwd: root,
  })) {
    const name = await environmentName(join(root, file));
    const { folder, isInstalled } = await chooseCache(name, 'bin/python');
    const differences = isInstalled ? pythonDifferences(folder) : [];
    const state = isInstalled ? 'as they were installed' : 'not installed';
    report(`programs of ${file}: ${differences.length === 0 ? state : ''}`);
    problems.push(...differences);
  }
  for (const folder of ['.', 'bench']) {
    try {
      const known = await vulnerabilitiesOf(join(root, folder));
      report(`vulnerabilities of npm packages of ${folder}: ${known.length}`);
      for (const one of known) report(`  ${one.level}: ${one.name}: ${one.about}`);
      const grave = known.filter((one) => isAtLeast(one, level));
      problems.push(...grave.map((one) => `${one.name} has a vulnerability of level ${one.level}`));
    } catch (error) {
      problems.push(`npm packages of ${folder}: ${(error as Error).message}`);
    }
  }
  const others = readPins(root).filter(
    ({ kind, file, name }) =>
      /^(deploy|services)\//.test(file) &&
      (kind === 'pypi' || name === 'github.com/hashicorp/consul'),
  );
  const listed = others.map(({ name, version }) => `${name} ${version}`).join(', ');
  report(
    `npm knows nothing of ${listed}: look for them by the list of make sbom, as osv-scanner does`,
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
});
