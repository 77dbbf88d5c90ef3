import path from 'node:path';
import { z } from 'zod';
import { Retention } from './retention/Retention.ts';

const list = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

const httpUrl = z.url({ protocol: /^https?$/ });

/** The environment variables that logging reads. */
export const config = z
  .object({
    /** VictoriaLogs, with the name of a user where it asks for one, such as "http://weft@127.0.0.1:9428". */
    VICTORIA_LOGS_URL: httpUrl,
    /** File with that user's password, mode 0600. */
    VICTORIA_LOGS_PASSWORD_FILE: z.string().optional(),
    /**
     * How long lines are kept, in days, and those of some services for less: "30d, analytics=7d". VictoriaLogs has a longest
     * time of its own (`-retentionPeriod`).
     */
    LOGGING_RETENTION: z
      .string()
      .default('30d')
      .transform((text, { addIssue }) => {
        try {
          return new Retention(text);
        } catch (error) {
          addIssue((error as Error).message);
          return z.NEVER;
        }
      }),
    /** More names of fields whose values are not kept, separated by commas. */
    LOGGING_REDACT_FIELDS: z.string().default('').transform(list),
    /** File with more patterns of texts that are not kept, one a line, in RE2's syntax. */
    LOGGING_REDACT_PATTERNS_FILE: z.string().optional(),
    /** Loki that lines are sent on to, such as "http://loki:3100". Default: none. */
    LOGGING_LOKI_URL: httpUrl.optional(),
    /** File with the header `authorization` for it, such as "Basic ...", mode 0600. Default: none. */
    LOGGING_LOKI_AUTHORIZATION_FILE: z.string().optional(),
    /** Elasticsearch that lines are sent on to, such as "http://elastic:9200". Default: none. */
    LOGGING_ELASTICSEARCH_URL: httpUrl.optional(),
    /** File with the header `authorization` for it, such as "ApiKey ...", mode 0600. Default: none. */
    LOGGING_ELASTICSEARCH_AUTHORIZATION_FILE: z.string().optional(),
    /** Its index, or data stream. */
    LOGGING_ELASTICSEARCH_INDEX: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,199}$/)
      .default('microservices-logs'),
    WEFT_HOME: z.string().default('.weft'),
  })
  .transform((given) => ({
    victoriaLogs: {
      url: given.VICTORIA_LOGS_URL,
      passwordFile: given.VICTORIA_LOGS_PASSWORD_FILE,
    },
    retention: given.LOGGING_RETENTION,
    redact: {
      fields: given.LOGGING_REDACT_FIELDS,
      patternsFile: given.LOGGING_REDACT_PATTERNS_FILE,
    },
    loki: given.LOGGING_LOKI_URL && {
      url: given.LOGGING_LOKI_URL,
      authorizationFile: given.LOGGING_LOKI_AUTHORIZATION_FILE,
    },
    elasticsearch: given.LOGGING_ELASTICSEARCH_URL && {
      url: given.LOGGING_ELASTICSEARCH_URL,
      authorizationFile: given.LOGGING_ELASTICSEARCH_AUTHORIZATION_FILE,
      index: given.LOGGING_ELASTICSEARCH_INDEX,
    },
    /** Of all instances on this machine, of which one at a time has it. */
    journalFolder: path.resolve(given.WEFT_HOME, 'data/logging'),
  }));

export type Config = z.output<typeof config>;
