import type { Kysely, Selectable } from 'kysely';
import type { DB, Template as TemplateRow } from '../database.ts';
import { builtIn } from './builtIn.ts';
import type { Template } from './Template.ts';
import type { Variables } from './TemplateEngine.ts';

/**
 * Reads a template.
 *
 * @param version Default: the newest; 0: the one that comes with the service.
 */
export async function findTemplate(
  database: Kysely<DB>,
  name: string,
  version?: number,
): Promise<Template | undefined> {
  if (version === 0) return builtIn.get(name);
  const row = await database
    .selectFrom('template')
    .selectAll()
    .where('name', '=', name)
    .$if(version !== undefined, (query) => query.where('version', '=', version as number))
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row) return templateOf(row);
  return version === undefined ? builtIn.get(name) : undefined;
}

export function templateOf(row: Selectable<TemplateRow>): Template {
  return {
    ...{ name: row.name, version: row.version, createdAt: row.created_at },
    example: row.example as Variables,
    texts: row.texts as unknown as Template['texts'],
  };
}
