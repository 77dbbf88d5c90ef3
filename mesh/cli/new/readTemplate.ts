import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceNames } from './serviceNames.ts';

const folder = join(import.meta.dirname, 'template');

/** A file to be written. */
export interface NewFile {
  /** From the root of the clone, such as "services/shop/gift/service.ts". */
  readonly path: string;
  readonly text: string;
}

/** The files of a new service: those of the template, with its names in the places of `{{...}}`. */
export async function readTemplate(names: ServiceNames, group: string): Promise<NewFile[]> {
  const fill = (text: string) =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = names[name as keyof ServiceNames];
      if (value === undefined) throw new Error(`the template has no name "${name}"`);
      return value;
    });
  const places = {
    proto: `proto/${names.package}/v1`,
    service: `services/${group}/${names.service}`,
  };
  const files: NewFile[] = [];
  for await (const file of glob('**/*.txt', { cwd: folder })) {
    const [place = '', ...rest] = file.replace(/\.txt$/, '').split('/');
    files.push({
      path: `${places[place as keyof typeof places]}/${fill(rest.join('/'))}`,
      text: fill(await readFile(join(folder, file), 'utf8')),
    });
  }
  return files.toSorted((one, other) => one.path.localeCompare(other.path));
}
