import { type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type {
  Template as TemplateMessage,
  TemplateServiceDefinition,
} from '@weft/proto/notification/v1/template';
import { type Kysely, sql } from 'kysely';
import { transactionOf } from '../../../kit/idempotency/transactionOf.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { readPage } from '../../../kit/readPage.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { Notifications } from '../Notifications.ts';
import { builtIn } from './builtIn.ts';
import { checkTemplate } from './checkTemplate.ts';
import { findTemplate, templateOf } from './findTemplate.ts';
import { renderMessage } from './renderMessage.ts';
import { DEFAULT_LOCALE, type Template } from './Template.ts';
import { TemplateError } from './TemplateEngine.ts';

/** The methods of notification.v1.TemplateService. */
export function templateService({
  database,
  clock,
}: Pick<Notifications, 'database' | 'clock'>): HandlersOf<TemplateServiceDefinition> {
  return {
    async createTemplate({ template: message }, context) {
      const template = given(message);
      checkTemplate(template);
      const transaction = transactionOf<DB>(context);
      const { name, example, texts } = template;
      await sql`select pg_advisory_xact_lock(hashtext(${`template ${name}`}))`.execute(transaction);
      const { version } = await transaction
        .selectFrom('template')
        .select(sql<number>`coalesce(max(version), 0) + 1`.as('version'))
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      const row = await transaction
        .insertInto('template')
        .values({
          ...{ name, version, created_at: clock.now() },
          ...{ example: JSON.stringify(example), texts: JSON.stringify(texts) },
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { template: describe(templateOf(row)) };
    },

    async getTemplate({ name, version }) {
      const template = await findTemplate(database, name, version);
      if (template) return { template: describe(template) };
      throw new RpcError(Status.NOT_FOUND, `there is no template ${name}, or no such version`);
    },

    async listTemplates(request) {
      const { rows, nextPageToken } = await readPage(request, {
        ...{ list: ['templates'], type: 'string' as const },
        read: (after: string | undefined, limit) => newest(database, after ?? '', limit),
        positionOf: ({ name }) => name,
      });
      return { templates: rows.map(describe), nextPageToken };
    },

    async previewTemplate({ source, variables, locale }) {
      let template: Template | undefined;
      if (source?.$case === 'name') template = await findTemplate(database, source.value);
      else {
        template = given(source?.value);
        checkTemplate(template);
      }
      if (!template) throw invalidArgument('name', 'there is no such template', 'TEMPLATE_UNKNOWN');
      try {
        return renderMessage(template, locale || DEFAULT_LOCALE, variables ?? template.example);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        throw invalidArgument('variables', error.message, error.reason);
      }
    },
  };
}

/** Those that come with the service and those that were made, each name once. */
async function newest(database: Kysely<DB>, after: string, limit: number): Promise<Template[]> {
  const rows = await database
    .selectFrom('template')
    .selectAll()
    .distinctOn('name')
    .where('name', '>', after)
    .orderBy('name')
    .orderBy('version', 'desc')
    .limit(limit)
    .execute();
  const byName = new Map([
    ...[...builtIn].filter(([name]) => name > after),
    ...rows.map((row) => [row.name, templateOf(row)] as const),
  ]);
  return [...byName.values()]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, limit);
}

function given(message: TemplateMessage | undefined): Template {
  const { name = '', example = {}, texts = {} } = message ?? {};
  return { name, version: 0, example, texts };
}

function describe({ name, version, example, texts, createdAt }: Template): TemplateMessage {
  return {
    ...{ name, version, example, texts: { ...texts } },
    createTime: createdAt && timestampFromDate(createdAt),
  };
}
