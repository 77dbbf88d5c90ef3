import { execFile } from 'node:child_process';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { print } from '../output/print.ts';
import { findClone } from './findClone.ts';
import { parseServicePath } from './parseServicePath.ts';
import { readTemplate } from './readTemplate.ts';
import { serviceNames } from './serviceNames.ts';
import { assertNameFree, writeFiles } from './writeService.ts';

/** `weft new`: what somebody begins with. */
export function newCommand(): Command {
  const service = new Command('service')
    .description(
      'Write a service that builds, starts and passes its test, to be made into another.',
    )
    .argument('<group/service>', 'folder in services/, such as shop/gift', parseServicePath)
    .action(newService);
  return new Command('new')
    .description('Begin something new in this clone.')
    .addCommand(service)
    .addHelpText('after', HELP);
}

const HELP = `
A new service has a contract in proto/, a manifest, migrations and the types of its database, handlers that make, read,
list, change and delete one kind of resource, and a test. Nothing that is there is changed.

Exits with 0, 1 when there is something of that name already, 2 for a name that cannot be one.

Examples:
  weft new service shop/gift`;

async function newService({ group, service }: ReturnType<typeof parseServicePath>): Promise<void> {
  const root = await findClone(process.cwd());
  await assertNameFree(root, group, service);
  const names = serviceNames(service);
  const files = await readTemplate(names, group);
  const written = await writeFiles(root, files);
  await format(root, written);
  const { Type, collection, field } = names;
  print(`${written.map((file) => `  ${relative(process.cwd(), file)}`).join('\n')}

Next:
  make generate                                  types of the contract
  make test ONLY=${service}
  make up ONLY=${service}
  curl -s localhost:8080/v1/${collection} -d '{"title": "The first"}'
  curl -s localhost:8080/v1/${collection}

${Type} has a title: what else it has goes into proto/${field}/v1/${field}.proto and a migration.
`);
}

/** As the clone's linter has it, where that is installed: line breaks depend on how long the names are. */
async function format(root: string, files: readonly string[]): Promise<void> {
  const code = files.filter((file) => file.endsWith('.ts') && !file.endsWith('/database.ts'));
  const biome = `${root}/node_modules/.bin/biome`;
  await promisify(execFile)(biome, ['check', '--write', ...code], { cwd: root }).catch(() => {});
}
