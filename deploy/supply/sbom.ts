import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { runCommand } from '../local/cli/runCommand.ts';
import { makeBom } from './bom.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { args } = new Command('sbom')
  .description('Write what Weft is made of and runs on, as a CycloneDX document.')
  .argument('[file]', 'where to', 'sbom.cdx.json')
  .parse();

await runCommand(async ({ report }) => {
  const file = args[0] ?? 'sbom.cdx.json';
  const bom = await makeBom(root);
  await writeFile(file, `${JSON.stringify(bom, null, 2)}\n`);
  report(`${file}: ${bom.components.length} components`);
});
